# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# The eight steps, in order. Each claims only what a command has just shown.

export HALLMARK_PASSPHRASE_FILE=$work/passphrase
head -c 18 /dev/urandom | base64 >"$HALLMARK_PASSPHRASE_FILE"
chmod 711 "$work" # the camera's user must reach its socket below
chmod 600 "$HALLMARK_PASSPHRASE_FILE"

fleet_ip=$(net_address fleet) cloud_ip=$(net_address cloud)
model=lumen-cam1 maker='Lumen Works Ltd'
yaml() { printf '%s/product-%s.yaml' "$work" "$1"; }
device() { printf '%s/%s' "$work" "$1"; }

# ---------------------------------------------------------------------------------------------------------------
step '1. Declare: one file says what the product promises'
run "$hallmark" new --kind camera --maker "$maker" --address '1 Example Street, Cambridge' --country GB \
    --product 'Lumen Doorbell Camera' --model "$model" --site lumen.example --confirm --out "$work/first.yaml"
run "$hallmark" check "$work/first.yaml"
good 'hallmark new wrote a first declaration, and it passes hallmark check'
for v in 1.0.0 1.1.0 1.2.0 1.3.0; do
    sed -e 's/within_s: 20/within_s: 6/' -e "s#https://lumen.example/disclosure#https://$fleet_ip:7444/disclosure#" \
        -e "s#https://lumen.example/support\$#https://$fleet_ip:7444/support#" \
        -e "s/10\\.77\\.0\\.3/$cloud_ip/" -e "0,/^version: .*/s//version: $v/" -e "s/^    version: 1\\.0\\.0/    version: $v/" \
        "$src/examples/camera/product.yaml" >"$(yaml $v)"
done
run "$hallmark" check "$(yaml 1.0.0)"
cp "$(yaml 1.0.0)" "$out/product.yaml"
good "the camera's: $(grep -m 1 'provisions: ' "$work/last.log")"
sed 's/^disclosure:/disclosre:/' "$(yaml 1.0.0)" >"$work/misspelt.yaml"
refuse "$hallmark" check "$work/misspelt.yaml"
good "a misspelt key is refused: $(grep -m 1 -o 'unknown key.*' "$work/last.log" || head -n 1 "$work/last.log")"

# ---------------------------------------------------------------------------------------------------------------
step '2. Keys and first release: images and declaration under TUF roles'
keys=$work/keys repo=$work/repo
run "$hallmark" keys init "$keys" --holders 2 --threshold 2 --maker "$maker"
good 'root (2 of 2 holders), targets, snapshot, timestamp, factory, service and label keys, sealed with a passphrase'
run "$hallmark" publish "$(yaml 1.0.0)" --key "$keys/label.key"
sed 's/^  until: 2031-12-31/  until: 2031-12-30/' "$(yaml 1.0.0)" >"$work/shorter.yaml"
refuse "$hallmark" check "$work/shorter.yaml" --published "$work/product-1.0.0.published.jsonl" --key "$keys/label.pub"
good "support is published until 2031-12-31 in a signed record; a day less is refused: $(grep -o 'support ends on.*' "$work/last.log" | tail -n 1)"
run "$src/examples/camera/build-images" "$build" "$work/images"
publish() { # IMAGE VERSION COUNTER
    run "$hallmark" release --repo "$repo" --keys "$keys" --declaration "$(yaml "$2")" --image "$work/images/$1.img" \
        --tree "$work/images/$1.tree" --version "$2" --counter "$3" "${@:4}"
}
publish v1 1.0.0 1
good "v1 ($(($(stat -c %s "$work/images/v1.img") / 1048576)) MiB image, $(find "$work/images/v1.tree" -type f | wc -l) files) is signed and published"

# ---------------------------------------------------------------------------------------------------------------
step '3. Factory: three devices, each with its own identity and password'
for d in dev1 dev2 dev3; do
    run "$hallmark" provision --keys "$keys" --repo "$repo" --service "$fleet_ip:7443" --model "$model" --maker "$maker" \
        --out "$(device $d)" --id "lumen-$d" --page-host "$(net_address $d)" --page-port 9443
    run "$vdev" make "$(device $d)" --image "$work/images/v1.img" --policy "$repo"/targets/*."$model-declaration-1.0.0.json" \
        --version 1.0.0 --counter 1 --slot-mib 16
done
cp "$keys"/batch/labels/*.svg "$out/" 2>/dev/null || true
good "factory records: $(wc -l <"$keys/batch/records.jsonl"); the labels carry QR code and password"

# ---------------------------------------------------------------------------------------------------------------
step '4. Service, update, and a bad release that stops itself'
data=$work/fleet
run "$hallmark" compile "$(yaml 1.0.0)" --out "$out/compiled"
run "$hallmark" keys service-cert "$keys" --host "$fleet_ip" --out "$work/fleet-tls"
run "$hallmark" keys service-cert "$keys" --host "$fleet_ip" --out "$work/page-tls"
run "$fleet" init "$data" --company "$maker" --contact mailto:security@lumen.example --url "https://$fleet_ip:7444"
sed -n 's/^operator password[^:]*: //p' "$work/last.log" >"$work/operator.txt"
head -n "${#devices[@]}" "$keys/batch/records.jsonl" >"$work/shipped.jsonl"
run "$fleet" import "$data" "$work/shipped.jsonl" --factory-pub "$keys/factory.pub"
start cloud cloud python3 "$src/tools/demo.d/cloud.py" "$cloud_ip" 7000 "$work/cloud.txt"
start fleet fleet "$fleet" serve "$data" --repo "$repo" --tls-cert "$work/fleet-tls/server.pem" --tls-key "$work/fleet-tls/server.key" \
    --factory-ca "$keys/factory-ca.pem" --page-tls-cert "$work/page-tls/server.pem" --page-tls-key "$work/page-tls/server.key" \
    --compiled "$out/compiled" --device-listen "$fleet_ip:7443" --public-listen "$fleet_ip:7444" --operator-listen "$fleet_ip:7445" --checkin-s 1
for d in "${devices[@]}"; do start "$d" "$d" "$vdev" run "$(device "$d")" --uid-base "$uid_base"; done

fleet_says() { # DEVICE FIELD: one value of the service's status
    "$fleet" status "$data" --json | python3 -c '
import json, sys
print(next((d[sys.argv[2]] for d in json.load(sys.stdin)["devices"] if d["device"] == sys.argv[1]), ""))' "lumen-$1" "$2"
}
fleet_is() { [ "$(fleet_says "$1" "$2")" = "$3" ]; }
all_run() { local d; for d in "${devices[@]}"; do fleet_is "$d" version "$1" || return 1; done; }
rollout_is() { "$fleet" rollout status "$data" --json | python3 -c 'import json, sys; sys.exit(json.load(sys.stdin)[0]["state"] != sys.argv[1])' "$1"; }
rollout_last() { "$fleet" rollout status "$data" --json | python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["decisions"][-1]["text"])'; }

wait_for 15 all_run 1.0.0 || { bad 'the devices did not check in'; exit 1; }
good "${#devices[@]} device(s) checked in over TLS 1.3 with their factory certificates"
publish v2 1.1.0 2 --from "$work/images/v1.img"
good "v2 is published: $(sed -n 's/^  \(.*\) to fetch$/\1/p' "$work/last.log" | paste -sd';' | sed 's/;/; /')"
run "$fleet" rollout start "$data" --target "$model-os-1.1.0.img" --version 1.1.0 --waves 1,100% --silence-s 60
wait_for 45 all_run 1.1.0 || { bad "v2 did not arrive: $(rollout_last)"; exit 1; }
wait_for 10 rollout_is complete || true
good "v2 verified, written to the other slot, booted, healthy and confirmed on ${#devices[@]} device(s); $(rollout_last)"
publish v3 1.2.0 3
run "$fleet" rollout start "$data" --target "$model-os-1.2.0.img" --version 1.2.0 --waves 1,100% --silence-s 60
wait_for 75 rollout_is halted || { bad 'the bad release was not stopped'; exit 1; }
wait_for 20 all_run 1.1.0 || { bad 'a device did not come back to v2'; exit 1; }
good "v3 fails its health check, the device goes back by itself; the service stops: $(rollout_last)"

# ---------------------------------------------------------------------------------------------------------------
step '5. An attacker changes a protected file: alert and isolate'
victim=${devices[0]} victim_ip=$(net_address "${devices[0]}")
operator() {
    local path=$1
    shift
    at home curl -sS --max-time 10 --cacert "$keys/service-ca.pem" -b "$work/ojar" -c "$work/ojar" "$@" "https://$fleet_ip:7445$path"
}
password() { sed -n 's/.*id="password"[^>]*>\([^<]*\).*/\1/p' "$keys/batch/labels/lumen-$1.svg"; } # what the owner reads
page() { # PATH [CURL ARGUMENT...]: the victim's owner page, seen from the home
    local path=$1
    shift
    at home curl -sS --max-time 10 --cacert "$(device "$victim")/factory/page.pem" -b "$work/jar" -c "$work/jar" "$@" \
        "https://$victim_ip:9443$path"
}
cloud_lines() { grep -c " ${victim_ip} " "$work/cloud.txt" 2>/dev/null || true; }

wait_for 10 test "$(cloud_lines)" -gt 0 || true
echo 'motion=off # an intruder was here' >>"$(device "$victim")/root/etc/camera.conf"
wait_for 15 fleet_is "$victim" mode isolated || { bad 'the change was not noticed'; exit 1; }
good 'the guard noticed within its scan period; device ISOLATED, alert signed and delivered to the service'
page / >"$work/page.html"
grep -q 'cut itself off' "$work/page.html" || { bad 'the owner page does not tell'; exit 1; }
good "the owner page says: $(sed -n 's/.*<p>\(Your camera found[^<]*\).*/\1/p' "$work/page.html" | head -n 1 | cut -c 1-110)..."
operator /sign-in --data-urlencode "password=$(cat "$work/operator.txt")" -o /dev/null
operator / >"$work/overview.html"
words=$(sed 's/<[^>]*>/ /g' "$work/overview.html" | tr -s ' \n' ' ' | grep -o -m 1 "lumen-$victim has [^.]*\." | head -n 1)
[ -n "$words" ] || { bad 'the operator page does not tell'; exit 1; }
good "the operator page says: $words"
if [ "$net_mode" = namespaces ]; then
    seen=$(fleet_says "$victim" last_seen)
    before=$(cloud_lines)
    sleep 3
    after=$(cloud_lines)
    [ "$after" = "$before" ] || { bad "the camera's connection still passes ($before -> $after lines)"; exit 1; }
    refuse at home curl -sSk --max-time 3 "https://$victim_ip:8443/"
    good "firewall of the device: its camera reaches the cloud no more ($before heartbeats before, $((after - before)) after), its snapshot page is closed"
    page / >/dev/null
    [ "$(fleet_says "$victim" last_seen)" != "$seen" ] || { bad 'the device reaches its service no more'; exit 1; }
    good 'alert, check-in for updates and owner page still pass'
fi
page /sign-in --data-urlencode "password=$(password "$victim")" -o /dev/null
csrf() { page "$1" | sed -n 's/.*name="csrf" value="\([^"]*\)".*/\1/p' | head -n 1; }
page /repair --data-urlencode "csrf=$(csrf /)" -o /dev/null
wait_for 25 fleet_is "$victim" mode normal || { bad 'the repair did not bring the device back'; exit 1; }
new_password=$(head -c 12 /dev/urandom | base64)
page /sign-in --data-urlencode "password=$(password "$victim")" -o /dev/null
page /password --data-urlencode "csrf=$(csrf /)" --data-urlencode "current=$(password "$victim")" --data-urlencode "fresh=$new_password" \
    --data-urlencode "again=$new_password" -o /dev/null
good 'the owner pressed "Repair": a clean copy from the verified slot, full scan clean, back to NORMAL'

# ---------------------------------------------------------------------------------------------------------------
step '6. A stranger finds a vulnerability, and where to report it'
web=https://$fleet_ip:7444
stranger() { at home curl -sS --max-time 10 --cacert "$keys/service-ca.pem" "$@"; }
stranger "$web/.well-known/security.txt" >"$out/security.txt"
[ "$(grep -cE '^(Contact|Expires):' "$out/security.txt")" = 2 ] || { bad 'security.txt is not complete'; exit 1; }
stranger "$web/disclosure" | grep -qi 'acknowledge\|answer' || { bad 'the policy names no times'; exit 1; }
good "security.txt: $(grep -m 1 '^Contact:' "$out/security.txt"), policy with times"
stranger "$web/report" --data-urlencode "product=$model" --data-urlencode 'text=The snapshot page leaks memory when the name is long.' \
    --data-urlencode 'contact=' --data-urlencode 'website=' >"$work/case.html"
case_number=$(grep -o 'HM-[0-9]\{4\}-[A-Z0-9]*' "$work/case.html" | head -n 1)
[ -n "$case_number" ] || { bad 'no case number came back'; exit 1; }
good "report sent through the public form, without account: case $case_number"
operator / >"$work/overview.html"
grep -q "$case_number" "$work/overview.html" || { bad 'the operator page does not show the case'; exit 1; }
good "the operator sees it: $(sed 's/<[^>]*>/ /g' "$work/overview.html" | tr -s ' \n' ' ' | grep -o "$case_number.\{0,110\}" | head -n 1)"

# ---------------------------------------------------------------------------------------------------------------
step '7. The owner erases personal data'
rm -f "$work/jar"
records=$(find "$(device "$victim")/state/personal" -type f | wc -l)
page /sign-in --data-urlencode "password=$new_password" -o /dev/null
page /erase --data-urlencode "csrf=$(csrf /erase)" --data-urlencode confirm=yes -o /dev/null
page /receipt >"$out/receipt.json"
left=$(find "$(device "$victim")/state/personal" -type f ! -newer "$out/receipt.json" | wc -l)
head -n "$(cut -d- -f2 <<<"x-${victim#dev}")" "$keys/batch/records.jsonl" | tail -n 1 >"$work/record.json"
run "$hallmark" verify "$out/receipt.json" --record "$work/record.json" --key "$keys/factory.pub"
good "$records sealed recordings, now $left; key destroyed; receipt verified: $(head -n 1 "$work/last.log")"
forge '"payload":"' "$out/receipt.json" "$work/forged.json"
refuse "$hallmark" verify "$work/forged.json" --record "$work/record.json" --key "$keys/factory.pub"
good 'a changed receipt is refused'

# ---------------------------------------------------------------------------------------------------------------
step '8. Assessed: facts, verdicts, report and a label that can be verified'
echo "$new_password" >"$work/owner.txt"
# A newer release for the assessor to flip a byte of. It is offered only when the journal says that this is done.
run "$fleet" rollout abort "$data"
publish v2 1.3.0 4
(
    until grep -qs "$model-os-1.3.0.img" "$repo/.hallmark-tamper/journal.json"; do sleep 0.1; done
    "$fleet" rollout start "$data" --target "$model-os-1.3.0.img" --version 1.3.0 --waves 100% --silence-s 60
) >"$out/log/rollout-tampered.log" 2>&1 &
pids+=("$!")
status=0
at home "$hallmark" assess --declaration "$(yaml 1.1.0)" --target "$victim_ip" --page-port 9443 --password-file "$work/owner.txt" \
    --records "$keys/batch/records.jsonl" --factory-pub "$keys/factory.pub" --service "https://$fleet_ip:7444" \
    --service-ca "$keys/service-ca.pem" --repo "$repo" --tamper --tamper-wait 30 --ports "$scan_ports" --rate 20000 --label-key "$keys/label.key" \
    --out "$out/assessment" >"$out/log/assess.log" 2>&1 || status=$?
fact() { # ID FIELD: of the assessor's facts
    python3 -c '
import json, sys
facts = json.load(open(sys.argv[1], encoding="utf-8"))["facts"]
print(next((f[sys.argv[3]] for f in facts if f["id"] == sys.argv[2] and f["state"] == "seen"), ""))' "$out/assessment/facts.json" "$@"
}
flipped() {
    if [ "$(fact update.changed-image value)" = target-hash ] && [ "$(fact update.installs value)" = 1.3.0 ]; then
        good 'a release with one flipped byte in its image: refused (target-hash); with the original bytes back, 1.3.0 is installed'
    else
        bad 'the assessor did not see the flipped byte refused and the genuine release installed'
    fi
}
label() {
    flipped
    good "$(grep -m 1 ' passed, ' "$out/log/assess.log")"
    # 1: a scheme asks for more than this camera gives.
    "$hallmark" schemes --verdicts "$out/assessment/verdicts.json" >"$work/schemes.log" 2>&1 || [ $? = 1 ]
    good "one assessment, $(sed -n '1s/.*seen by \(.* schemes and levels\).*/\1/p' "$work/schemes.log"): $(awk '$1 == "psti" { printf "UK PSTI %s of %s met", $3, $3 + $4 + $5 + $6 } $1 == "cls-1" { printf ", Singapore level 1 %s", $2 }' "$work/schemes.log")"
    run "$hallmark" verify "$out/assessment/label.svg" --key "$keys/label.pub"
    good "label verified offline: $(head -n 1 "$work/last.log")"
    forge 'HMK1:' "$out/assessment/label.txt" "$work/forged.txt"
    refuse "$hallmark" verify "$work/forged.txt" --key "$keys/label.pub"
    good "one changed character of the label's claim: refused"
}
if [ "$status" = 0 ]; then
    label
elif [ "$status" = 1 ] && [ "$net_mode" = loopback ] && grep -q 'listening socket that nobody declared' "$out/log/assess.log"; then
    flipped
    good "$(grep -m 1 ' passed, ' "$out/log/assess.log")"
    note "no label: the device shares this machine, and the assessor found $(grep -o -m 1 'nobody declared: .*' "$out/log/assess.log")"
else
    bad "the assessment ended with status $status"
    tail -n 15 "$out/log/assess.log" >&2
    exit 1
fi

printf '\n%sDone in %s s.%s Look at:\n' "$bold" "$(seconds "$t0")" "$plain"
for f in product.yaml compiled assessment/report.html assessment/label.svg assessment/label.png lumen-dev1.svg receipt.json log; do
    [ ! -e "$out/$f" ] || printf '   %s\n' "$out/$f"
done
