#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A maker's year, as docs/keys.md tells it, with the real program: three holders, one of them with a token; a release that
# two must sign; a key lost, a key stolen; a supplier. What must not work is tried first.
# usage: ceremony.sh HALLMARK FLEET PRODUCT.YAML      (TAP on standard output)
set -u
umask 022
unset HALLMARK_PASSPHRASE_FILE HALLMARK_PIN_FILE
[ $# -eq 3 ] || { echo "usage: ceremony.sh HALLMARK FLEET PRODUCT.YAML" >&2; exit 2; }
hallmark=$(realpath "$1") fleet=$(realpath "$2") yaml=$(realpath "$3")
W=$(mktemp -d "${TMPDIR:-/tmp}/hallmark-ceremony.XXXXXX")
trap 'rm -rf "$W"' EXIT
cd "$W" || exit 3

n=0
result() { # STATUS NAME
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else
        echo "not ok $n - $2"
        sed 's/^/# /' out err 2>/dev/null | tail -n 15
    fi
}
works() { local name=$1; shift; "$@" >out 2>err </dev/null; result $? "$name"; }
fails() { # NAME STATUS PATTERN COMMAND...
    local name=$1 want=$2 pattern=$3
    shift 3
    "$@" >out 2>err </dev/null
    [ $? -eq "$want" ] && grep -qE -- "$pattern" out err
    result $? "$name"
}
release() { # VERSION COUNTER [OPTION...]
    local version=$1 counter=$2
    shift 2
    "$hallmark" release --repo repo --keys keys --declaration product.yaml --image image --tree tree \
        --version "$version" --counter "$counter" "$@"
}
sign() { "$hallmark" keys sign "$1" --key "$2" --yes "${@:3}"; }
finish() { "$hallmark" keys finish "$@" --keys keys; }
status() { "$hallmark" repo status repo --keys keys "$@"; }
unchanged() { # NAME COMMAND...: works, and changes nothing
    local name=$1 before after
    shift
    before=$(find . -type f ! -name out ! -name err ! -name .lock -exec sha256sum {} + | sort)
    "$@" >out 2>err </dev/null
    local st=$?
    after=$(find . -type f ! -name out ! -name err ! -name .lock -exec sha256sum {} + | sort)
    [ $st -eq 0 ] && [ "$before" = "$after" ]
    result $? "dry run: $name"
}

mkdir -p tree/usr/bin tree/bin tree/etc
for f in usr/bin/camera usr/bin/hallmarkd usr/bin/hallmarkd-{engine,firewall,tls,worker} bin/busybox etc/hosts; do echo "$f" >"tree/$f"; done
head -c 8000 /dev/urandom >image
cp "$yaml" product.yaml
echo 'correct horse' >pass
echo 'wrong horse' >wrong
echo 123456 >pin

# --- a token for one of the holders ---
token=''
for module in /usr/lib/softhsm/libsofthsm2.so /usr/lib/*/softhsm/libsofthsm2.so; do
    [ -r "$module" ] && command -v softhsm2-util >/dev/null && token="pkcs11:token=cid;object=root?module-path=$module"
done
if [ -n "$token" ]; then
    mkdir tokens
    printf 'directories.tokendir = %s/tokens\nlog.level = ERROR\n' "$W" >softhsm2.conf
    export SOFTHSM2_CONF=$W/softhsm2.conf
    softhsm2-util --init-token --free --label cid --so-pin 876543 --pin 123456 >/dev/null 2>&1
fi

# --- everybody makes a key ---
fails 'make: no name' 2 'needs --name' "$hallmark" keys make ada.key --unsealed
fails 'make: not a key file' 2 'ends in .key' "$hallmark" keys make ada --name Ada --unsealed
fails 'make: an unknown type' 2 'ed25519' "$hallmark" keys make ada.key --name Ada --unsealed --type dsa
works 'Ada makes a key, sealed' "$hallmark" keys make ada.key --name Ada --passphrase-file pass
fails 'make: twice' 3 'there already' "$hallmark" keys make ada.key --name Ada --passphrase-file pass
works 'Ben makes a P-256 key' "$hallmark" keys make ben.key --name Ben --unsealed --type ecdsa-p256
if [ -n "$token" ]; then
    fails 'make: a PIN in the URI' 3 'does not belong' "$hallmark" keys make cid.key --name Cid --token "$token&pin-value=1" --pin-file pin
    fails 'make: a wrong PIN' 3 'refuses the PIN' "$hallmark" keys make cid.key --name Cid --token "$token" --pin-file pass
    works 'Cid makes a key in a token' "$hallmark" keys make cid.key --name Cid --token "$token" --pin-file pin
    rm -f cid.*
    fails 'make: the token has it already' 3 '--existing' "$hallmark" keys make cid.key --name Cid --token "$token" --pin-file pin
    works 'Cid takes the key that is there' "$hallmark" keys make cid.key --name Cid --token "$token" --pin-file pin --existing
else
    works 'Cid makes a key' "$hallmark" keys make cid.key --name Cid --unsealed
    n=$((n + 1))
    echo "ok $n - a key in a token # SKIP softhsm2 is not installed"
fi
for who in dee eve; do "$hallmark" keys make $who.key --name $who --unsealed >/dev/null; done

# --- the first root ---
cards=(--holder ada.holder.json --holder ben.holder.json --holder cid.holder.json)
fails 'init: no threshold for holders' 2 'needs --threshold' "$hallmark" keys init keys "${cards[@]}" --unsealed
fails 'init: four of three' 3 'threshold of 4' "$hallmark" keys init keys "${cards[@]}" --threshold 4 --unsealed
fails 'init: the same holder twice' 3 'already' "$hallmark" keys init keys "${cards[@]}" --holder ada.holder.json --threshold 2 --unsealed
sed 's/signatures/signaturez/' ada.holder.json >bad.json
fails 'init: a spoilt card' 3 'bad.json' "$hallmark" keys init keys --holder bad.json --threshold 1 --unsealed
works 'the leader makes the rest, and a proposal' "$hallmark" keys init keys "${cards[@]}" --threshold 2 --unsealed --maker Lumen
root=keys/root.proposal.json
fails 'release: before the root is finished' 3 'keys finish' release 1.0.0 1
fails 'review: not complete' 1 '0 of 2' "$hallmark" keys review $root
fails 'sign: no terminal and no --yes' 3 'terminal' setsid -w "$hallmark" keys sign $root --key ada.key --passphrase-file pass
fails 'sign: a wrong passphrase' 3 'wrong passphrase' sign $root ada.key --passphrase-file wrong
fails 'sign: a stranger' 3 'no vote' sign $root eve.key
unchanged 'sign' sign $root ada.key --passphrase-file pass --dry-run
works 'Ada signs' sign $root ada.key --passphrase-file pass
fails 'sign: Ada again' 3 'already' sign $root ada.key --passphrase-file pass
fails 'finish: one of two' 3 '1 of 2' finish $root
sed 's/"threshold":2/"threshold":1/' $root >tampered.json
fails 'finish: the threshold lowered after Ada signed' 3 'does not fit' finish tampered.json
cp $root copy.json
if [ -n "$token" ]; then
    works 'Cid signs a copy, with the token' sign copy.json cid.key --pin-file pin
else
    works 'Cid signs a copy' sign copy.json cid.key
fi
unchanged 'finish' finish $root copy.json --dry-run
works 'both copies together are enough' finish $root copy.json
fails 'finish: the first root is made once' 3 'once' finish $root copy.json

# --- releases; two must agree from now on ---
works 'a release' release 1.0.0 1
works 'status is good' status
works 'Dee may sign releases too, two are needed' "$hallmark" keys propose p1.json --repo repo --keys keys \
    --add targets=dee.holder.json --threshold targets=2
fails 'propose: into a file that is there' 3 'File exists|already' "$hallmark" keys propose p1.json --repo repo --keys keys
sign p1.json ada.key --passphrase-file pass >/dev/null && sign p1.json ben.key >/dev/null
fails 'finish: the targets must be signed anew' 3 'targets: 0 of 2' finish p1.json --repo repo
sign p1.json dee.key >/dev/null && sign p1.json keys/targets.key >/dev/null
works 'root 2 is in force' finish p1.json --repo repo
fails 'release: one of two keys at hand' 3 'wants 2 signatures; 1' release 1.1.0 2
unchanged 'release --propose' release 1.1.0 2 --propose p2.json --dry-run
works 'the release is proposed' release 1.1.0 2 --propose p2.json --note 'fixes the clock'
fails 'review: it says what for' 1 'Why: fixes the clock' "$hallmark" keys review p2.json
sign p2.json keys/targets.key >/dev/null
fails 'finish: nobody but us has signed' 3 '1 of 2' finish p2.json --repo repo
sign p2.json dee.key >/dev/null
works 'Dee agrees, it is published' finish p2.json --repo repo
status 2>/dev/null | grep -q '1.1.0.img'
result $? 'and it is there'

# --- Cid loses the key; later Ada's is stolen ---
fails 'propose: a holder whom nobody knows' 3 'none of its 3' "$hallmark" keys propose p3.json --repo repo --keys keys --remove root=Zoe
fails 'propose: fewer holders than must sign' 3 'would want 2' "$hallmark" keys propose p3.json --repo repo --keys keys \
    --remove root=Ada --remove root=Ben
fails 'propose: a root key that signs every day' 3 'must not be both' "$hallmark" keys propose p3.json --repo repo --keys keys \
    --add timestamp=ada.holder.json
unchanged 'propose' "$hallmark" keys propose p3.json --repo repo --keys keys --remove root=Cid --add root=eve.holder.json --dry-run
works 'Eve in place of Cid' "$hallmark" keys propose p3.json --repo repo --keys keys --remove root=Cid --add root=eve.holder.json
sign p3.json eve.key >/dev/null && sign p3.json ben.key >/dev/null
fails 'finish: the root in force wants another' 3 'root in force' finish p3.json --repo repo
sign p3.json ada.key --passphrase-file pass >/dev/null
works 'root 3 is in force' finish p3.json --repo repo
works 'Ada is revoked' "$hallmark" keys propose p4.json --repo repo --keys keys --remove root=Ada --add root=dee.holder.json
sign p4.json eve.key >/dev/null && sign p4.json ben.key >/dev/null
works 'root 4 is in force without her' finish p4.json --repo repo
"$hallmark" keys propose p5.json --repo repo --keys keys >/dev/null
fails 'sign: her key has no vote any more' 3 'no vote' sign p5.json ada.key --passphrase-file pass

# --- the timestamp key moves to the service ---
"$hallmark" keys make keys/online.key --name 'fleet service' --unsealed >/dev/null
"$hallmark" keys propose p6.json --repo repo --keys keys --add timestamp=keys/online.holder.json --remove timestamp=timestamp >/dev/null
sign p6.json eve.key >/dev/null && sign p6.json ben.key >/dev/null
works 'root 5: a new timestamp key' finish p6.json --repo repo
mv keys/online.key elsewhere.key
fails 'refresh: the old key is worth nothing' 3 'wants 1 signatures; 0' "$hallmark" repo refresh repo --keys keys
mv elsewhere.key keys/online.key
works 'refresh with the new one' "$hallmark" repo refresh repo --keys keys --timestamp-days 2
fails 'status warns ahead' 1 'SOON.*\([12] days left\).*fleet service \(here\)' status
works 'status --warn-days 0' status --warn-days 0
status --json 2>/dev/null | python3 -c '
import json, sys
doc = json.load(sys.stdin)
rows = {row["role"]: row for row in doc["metadata"]}
assert doc["attention"] and rows["timestamp"]["state"] == "soon", doc
assert rows["root"]["threshold"] == 2 and rows["root"]["version"] == 5 and rows["root"]["at_hand"] == 0, rows["root"]
assert sorted(holder["name"] for holder in rows["root"]["holders"]) == ["Ben", "dee", "eve"], rows["root"]
' 2>err
result $? '--json says who must sign'

# --- the service keeps the timestamp fresh ---
service=''
trap '[ -z "$service" ] || kill "$service" 2>/dev/null; rm -rf "$W"' EXIT
serve() { # KEY: starts the service, waits for its pages
    "$fleet" serve data --repo repo --timestamp-key "$1" --tls-cert tls/server.pem --tls-key tls/server.key \
        --factory-ca keys/factory-ca.pem --device-listen 127.0.0.1:0 --public-listen 127.0.0.1:0 --operator-listen 127.0.0.1:0 >served 2>log &
    service=$!
    for ((i = 0; i < 100; i++)); do grep -q 'timestamp\]: ready' log 2>/dev/null && return; sleep 0.1; done
    return 1
}
stamp_says() { # PATTERN, within ten seconds
    for ((i = 0; i < 100; i++)); do grep -qE -- "$1" data/stamp/status.json 2>/dev/null && return; sleep 0.1; done
    cat log data/stamp/status.json >out 2>/dev/null
    return 1
}
stop() { kill "$service"; wait "$service" 2>/dev/null; service=''; }
"$hallmark" keys service-cert keys --host localhost --out tls >/dev/null
"$fleet" init data --company Lumen --contact mailto:s@lumen.example --url https://lumen.example >/dev/null 2>err
result $? 'the service is set up'
cp repo/metadata/timestamp.json before.json
serve keys/timestamp.key && stamp_says 'does not name'
result $? 'a revoked timestamp key: it says so'
cmp -s before.json repo/metadata/timestamp.json
result $? 'and signs nothing'
stop
chmod 644 keys/online.key
fails 'a key that others can read' 3 'could not run' "$fleet" serve data --repo repo --timestamp-key keys/online.key --tls-cert tls/server.pem \
    --tls-key tls/server.key --factory-ca keys/factory-ca.pem --device-listen 127.0.0.1:0 --public-listen 127.0.0.1:0 --operator-listen 127.0.0.1:0
chmod 600 keys/online.key
serve keys/online.key && stamp_says '"failure":""'
result $? 'the right one: the timestamp is renewed'
stop
works 'and the repository is good again' status
works 'the maker signs over it, for two days' "$hallmark" repo refresh repo --keys keys --timestamp-days 2
cp repo/metadata/timestamp.json maker.json
rm data/stamp/status.json
serve keys/online.key && stamp_says '"failure":""' && ! cmp -s maker.json repo/metadata/timestamp.json
result $? 'a restart goes on from there'
stop
cp before.json repo/metadata/timestamp.json
rm data/stamp/status.json
serve keys/online.key && stamp_says '"failure":"[^"]' && cmp -s before.json repo/metadata/timestamp.json
result $? 'an older timestamp put back: told, not signed'
stop
cp maker.json repo/metadata/timestamp.json

# --- a supplier ---
"$hallmark" keys make acme.key --name Acme --unsealed >/dev/null
echo radio >radio.bin
fails 'supply: a name that no URL carries' 3 'not a usable target name' "$hallmark" repo supply pkg --role acme --key acme.key --add 'radio.bin=a b'
fails 'supply: a role of the maker' 3 'role of the maker' "$hallmark" repo supply pkg --role targets --key acme.key
unchanged 'supply' "$hallmark" repo supply pkg --role acme --key acme.key --add radio.bin=acme/radio-1.bin --dry-run
works 'Acme makes a package' "$hallmark" repo supply pkg --role acme --key acme.key --add radio.bin=acme/radio-1.bin
delegate() { "$hallmark" repo delegate repo --keys keys --role acme --holder acme.holder.json "$@"; }
fails 'delegate: the targets role wants two' 3 'wants 2 signatures' delegate --path 'acme/*' --from pkg
works 'delegation is proposed' delegate --path 'acme/*' --propose p7.json
sign p7.json keys/targets.key >/dev/null && sign p7.json dee.key >/dev/null
fails 'finish: without the package' 3 '--from PACKAGE' finish p7.json --repo repo
works 'and finished with it' finish p7.json --repo repo --from pkg --role acme
echo better >radio.bin
"$hallmark" repo supply pkg --role acme --key acme.key --add radio.bin=acme/radio-2.bin >/dev/null
unchanged 'accept' "$hallmark" repo accept repo --keys keys --role acme --from pkg --dry-run
works 'Acme publishes again, nobody else signs' "$hallmark" repo accept repo --keys keys --role acme --from pkg
"$hallmark" repo supply pkg --role acme --key acme.key --add radio.bin=lumen-cam1-os-9.0.0.img >/dev/null
fails 'accept: outside its names' 3 'outside what acme may publish' "$hallmark" repo accept repo --keys keys --role acme --from pkg
status --warn-days 0 2>/dev/null | grep -A1 '^acme' | grep -q 'names acme/\*'
result $? 'status lists the supplier and its names'
works 'revocation is proposed' "$hallmark" repo revoke repo --keys keys --role acme --propose p8.json
sign p8.json keys/targets.key >/dev/null && sign p8.json dee.key >/dev/null
works 'Acme is revoked' finish p8.json --repo repo
fails 'accept: revoked' 3 'nothing is delegated' "$hallmark" repo accept repo --keys keys --role acme --from pkg
# --- one device goes back, once ---
"$hallmark" keys make desk.key --name 'service desk' --unsealed >/dev/null
grant() { "$hallmark" grant "$@" --repo repo --model lumen-cam1 --from-counter 2 --to 1.0.0 --out g.json; }
fails 'grant: nobody may' 3 'not in the grant role' grant cam-1 --key desk.key
fails 'propose: two signatures on a grant' 3 'one signature' "$hallmark" keys propose p9.json --repo repo --keys keys \
    --add grant=desk.holder.json --add grant=ada.holder.json --threshold grant=2
"$hallmark" keys propose p9.json --repo repo --keys keys --add grant=desk.holder.json >/dev/null
sign p9.json eve.key >/dev/null && sign p9.json ben.key >/dev/null
works 'root 6 lets the service desk grant' finish p9.json --repo repo
fails 'grant: another key' 3 'not in the grant role' grant cam-1 --key dee.key
fails 'grant: no downgrade' 3 'no downgrade' "$hallmark" grant cam-1 --key desk.key --repo repo --model lumen-cam1 --from-counter 1 --to 1.0.0 --out g.json
fails 'grant: a release that is not published' 3 'no image' "$hallmark" grant cam-1 --key desk.key --repo repo --model lumen-cam1 --from-counter 2 --to 0.9.0 --out g.json
fails 'grant: for ever' 2 'from 1 to 31' grant cam-1 --key desk.key --days 365
unchanged 'grant' grant cam-1 --key desk.key --dry-run
works 'a grant' grant cam-1 --key desk.key
works 'the repository is good at the end' status --warn-days 0
echo "1..$n"
