#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Bad input, full disk, killed process, closed output: what a person sees and what is left on the disk. Real programs.
# usage: cli_errors.sh HALLMARK FLEET VDEV KILLER.SO PRODUCT.YAML PLAIN|SANITIZED      (TAP on standard output)
set -u
umask 022
unset HALLMARK_PASSPHRASE_FILE

if [ -z "${HALLMARK_TEST_INSIDE:-}" ]; then # a mount namespace of our own: mounts vanish with us
    export HALLMARK_TEST_INSIDE=1
    unshare -m true 2>/dev/null && exec unshare -m "$BASH" "$0" "$@"
    unshare -rm true 2>/dev/null && exec unshare -rm "$BASH" "$0" "$@"
fi
[ $# -eq 6 ] || { echo "usage: cli_errors.sh HALLMARK FLEET VDEV KILLER.SO PRODUCT.YAML PLAIN|SANITIZED" >&2; exit 2; }
hallmark=$(realpath "$1") fleet=$(realpath "$2") vdev=$(realpath "$3") killer=$(realpath "$4") yaml=$(realpath "$5") kind=$6
W=$(mktemp -d "${TMPDIR:-/tmp}/hallmark-errors.XXXXXX")
trap 'umount -l "$W/disk" 2>/dev/null; rm -rf "$W"' EXIT
cd "$W" || exit 3

n=0
result() { # STATUS NAME [FILE-WITH-DETAILS...]
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $n - $2"
    else
        echo "not ok $n - $2"
        shift 2
        for f in "$@"; do [ -e "$f" ] && head -n 12 "$f" | cat -v | sed "s|^|# ${f##*/}: |"; done
    fi
}
skip() { # REASON NAME
    n=$((n + 1))
    echo "ok $n - $2 # SKIP $1"
}

# Standard output in "out", standard error in "err", status in $st.
run() {
    [ "$1" != sh_ ] || { shift; set -- "$BASH" -c "$*"; }
    timeout -k 1 20 "$@" >"$W/out" 2>"$W/err" </dev/null
    st=$?
}

# Exactly one line "hallmark: ...", then hints, usage, or problems with their place. Nothing for a terminal to obey.
shape() {
    [ "$st" -lt 124 ] || { echo "status $st" >"$W/why"; return 1; }
    if LC_ALL=C grep -q '[^ -~]' "$W/err" && LC_ALL=C grep -q "[$(printf '\001')-$(printf '\037')$(printf '\177')]" "$W/err"; then
        echo "control characters" >"$W/why"
        return 1
    fi
    if grep -qE 'Sanitizer|runtime error|Assertion|core dumped' "$W/err"; then echo "sanitizer or assertion" >"$W/why"; return 1; fi
    local lines
    lines=$(grep -cE '^hallmark(-fleet|-vdev)?: ' "$W/err")
    [ "$lines" -eq 1 ] || { echo "$lines lines of error" >"$W/why"; return 1; }
    if grep -vE '^hallmark(-fleet|-vdev)?: |^  hint: |^usage: hallmark|^See "hallmark|^[^:]+:[0-9]+:[0-9]+: |^\.\.\. and [0-9]+ more$|^Looking at |^  [a-z]+ +[0-9.]+ s ' \
        "$W/err" >"$W/rest"; then
        echo "more than one line: $(head -n 1 "$W/rest")" >"$W/why"
        return 1
    fi
}

# NAME STATUS PATTERN COMMAND...: fails with that status, and one line that matches.
fails() {
    local name=$1 want=$2 pattern=$3 bad=0
    shift 3
    run "$@"
    : >"$W/why"
    [ "$st" -eq "$want" ] || { echo "status $st, wanted $want" >"$W/why"; bad=1; }
    grep -qE -- "$pattern" "$W/err" || { echo "no such line: $pattern" >>"$W/why"; bad=1; }
    [ $bad -eq 1 ] || shape || bad=1
    result $bad "$name" "$W/why" "$W/err"
}

works() { # NAME COMMAND...
    local name=$1
    shift
    run "$@"
    result "$st" "$name" "$W/err"
}

json() { # NAME STATUS COMMAND...: that status, and standard output is one JSON document.
    local name=$1 want=$2 bad=1
    shift 2
    run "$@"
    [ "$st" -eq "$want" ] && [ -s out ] && python3 -m json.tool out >/dev/null 2>>err && bad=0
    result $bad "--json: $name" "$W/err" "$W/out"
}

# The files in folders: names and content. Locks and empty folders hold nothing.
listing() { find "$@" -type f ! -name .lock -exec sha256sum {} + 2>/dev/null | sort -k 2; }

flip() { # FILE: one bit in the middle
    python3 - "$1" <<'PY'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[len(data) // 2] ^= 1
open(sys.argv[1], "wb").write(data)
PY
}

# --- a maker's workplace ------------------------------------------------------------------------------------------
mkdir -p tree/usr/bin tree/bin tree/etc
for f in usr/bin/camera usr/bin/hallmarkd usr/bin/hallmarkd-{engine,firewall,tls,worker} bin/busybox etc/hosts; do echo "$f" >"tree/$f"; done
head -c 8000 /dev/urandom >image
cp "$yaml" product.yaml
echo 'correct horse' >right
echo 'wrong horse' >wrong
release() { # REPO KEYS VERSION COUNTER [OPTION...]
    local repo=$1 keys=$2 version=$3 counter=$4
    shift 4
    "$hallmark" release --repo "$repo" --keys "$keys" --declaration product.yaml --image image --tree tree \
        --version "$version" --counter "$counter" "$@"
}
provision() { # OUT [OPTION...]
    local out=$1
    shift
    "$hallmark" provision --keys keys --repo repo --service localhost:8443 --model lumen-cam1 --maker Lumen --out "$out" "$@"
}
export -f release provision
export hallmark

works 'keys are made' "$hallmark" keys init keys --unsealed --holders 1 --maker Lumen
works 'a release is made' sh_ release repo keys 1.0.0 5
works 'the repository verifies' "$hallmark" repo status repo

# --- declarations -------------------------------------------------------------------------------------------------
bad_yaml() { # NAME PATTERN FILE
    fails "check: $1" 3 "$2" "$hallmark" check "$3"
}
printf 'product: x\n\tmodel: y\n' >tab.yaml
printf 'product: x\n   model: y\n maker: z\n' >indent.yaml
sed 's/^disclosure:/disclosre:/' product.yaml >unknown.yaml
sed 's/^model: .*/&\n&/' product.yaml >twice.yaml
printf 'a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c]\n' >bomb.yaml
head -c 3000 "$hallmark" >binary.yaml
printf 'product: "\\x1b[31mred"\n\033[31m: x\n' >escape.yaml
printf 'product: \377\376\n' >latin.yaml
: >empty.yaml
mkdir folder
mkfifo pipe.yaml
ln -s product.yaml link.yaml
head -c 700 product.yaml >cut.yaml
bad_yaml 'a tab' '^tab.yaml:2:1: .*tab' tab.yaml
bad_yaml 'bad indentation' '^indent.yaml:[23]:[0-9]+: ' indent.yaml
bad_yaml 'an unknown key' '^unknown.yaml:[0-9]+:1: .*there is no key' unknown.yaml
bad_yaml 'a key given twice' '^twice.yaml:[0-9]+:[0-9]+: .*(twice|already)' twice.yaml
bad_yaml 'aliases that multiply' '^bomb.yaml:[0-9]+:[0-9]+: .*(alias|anchor)' bomb.yaml
bad_yaml 'a program instead of text' '^binary.yaml:[0-9]+:[0-9]+: ' binary.yaml
bad_yaml 'terminal escapes in text' '^escape.yaml:[0-9]+:[0-9]+: ' escape.yaml
bad_yaml 'not UTF-8' '^latin.yaml:[0-9]+:[0-9]+: ' latin.yaml
bad_yaml 'an empty file' '^empty.yaml:1:1: the file is empty' empty.yaml
bad_yaml 'a file that was cut' '^hallmark: .*cut.yaml' cut.yaml
bad_yaml 'a folder' '^hallmark: .*folder is not a regular file' folder
bad_yaml 'a pipe' '^hallmark: .*pipe.yaml is not a regular file' pipe.yaml
bad_yaml 'a missing file' '^hallmark: .*nothing.yaml: No such file' nothing.yaml
bad_yaml 'a name with terminal escapes' '^hallmark: .*No such file' $'no\033[31m\nthing'
fails 'check: a broken file whose name has terminal escapes' 3 '^hallmark: ' sh_ \
    'cp tab.yaml "$(printf "t\033[31mb")"; $hallmark check "$(printf "t\033[31mb")"'
json 'check of a refused file' 3 "$hallmark" check --json tab.yaml

chmod 000 latin.yaml
if [ "$(id -u)" -eq 0 ]; then
    nobody="setpriv --reuid 65534 --regid 65534 --clear-groups"
    chmod 711 .
else
    nobody=
fi
if $nobody "$hallmark" --version >/dev/null 2>&1; then
    # shellcheck disable=SC2086
    fails 'check: a file that may not be read' 3 'latin.yaml: Permission denied' $nobody "$hallmark" check latin.yaml
else
    skip 'no other user can reach the program' 'check: a file that may not be read'
fi

python3 - <<'PY'
size = 10 * 1024 * 1024
open("big-map.yaml", "w").write("".join(f"k{i}: v\n" for i in range(size // 10)))
open("big-deep.yaml", "w").write("[" * size)
open("big-line.yaml", "w").write("product: " + "x" * size)
open("deep.yaml", "w").write("[" * 60000)
open("deep-map.yaml", "w").write("".join(" " * i + "a:\n" for i in range(300)))
open("many.yaml", "w").write("".join(f"k{i}: v\n" for i in range(6000)))
PY
limits='ulimit -t 5'
[ "$kind" = PLAIN ] && limits="$limits; ulimit -v 262144"
for f in big-map big-deep big-line deep deep-map many; do
    fails "check: hostile $f.yaml, within 5 s and 256 MiB" 3 "$f.yaml" sh_ "$limits; exec $hallmark check $f.yaml"
done
for c in compile explain release assess; do
    case $c in
    compile) fails 'compile: a broken declaration' 3 'tab.yaml' "$hallmark" compile tab.yaml --out c ;;
    explain) fails 'explain: a broken declaration' 3 'tab.yaml' "$hallmark" explain 5.1-1 tab.yaml ;;
    release) fails 'release: a broken declaration' 3 'tab.yaml' "$hallmark" release --repo repo --keys keys --declaration tab.yaml \
        --image image --tree tree --version 1.1.0 --counter 5 ;;
    assess) fails 'assess: a broken declaration' 3 'tab.yaml' "$hallmark" assess --declaration tab.yaml --judge-only --out a ;;
    esac
done
fails 'schemes: a broken declaration' 3 'tab.yaml' "$hallmark" schemes tab.yaml
json 'schemes of a refused file' 3 "$hallmark" schemes --json tab.yaml
fails 'schemes: no such scheme' 2 'no scheme "moon"' "$hallmark" schemes --scheme moon
printf '{"v":1,"edition":"t","note":"n","asks":[],"recognition":[],"schemes":[{"id":"a","name":"A","titel":"t"}]}' >misspelt.json
fails 'schemes: a file with a misspelt key names the place' 3 'misspelt.json: schemes: scheme a: unknown key "titel"' \
    "$hallmark" schemes --schemes misspelt.json
printf '{"v":1,"edition":"\\u001b[31m","note":"n","asks":[],"recognition":[],"schemes":[]}' >escape.json
fails 'schemes: terminal escapes in the file' 3 'escape.json: schemes: ' "$hallmark" schemes --schemes escape.json
fails 'schemes: hostile file, within 5 s' 3 'big-deep.yaml' sh_ "ulimit -t 5; exec $hallmark schemes --schemes big-deep.yaml"
fails 'schemes: a program instead of a file' 3 'binary.yaml' "$hallmark" schemes --schemes binary.yaml
fails 'schemes: verdicts that are none' 3 'misspelt.json' "$hallmark" schemes product.yaml --verdicts misspelt.json
fails 'explain: no such provision' 3 '9\.9-9' "$hallmark" explain 9.9-9
sed 's/made: per-unit-random/made: universal/' product.yaml >universal.yaml
fails 'compile: a declaration that contradicts itself writes nothing' 1 'universal.yaml contradicts' "$hallmark" compile universal.yaml --out c
[ ! -e c ] && [ ! -e a ]
result $? 'and no folder was made'
works 'new writes a declaration' "$hallmark" new --maker X --model x1 --out first.yaml
before=$(listing first.yaml)
fails 'new: does not overwrite' 3 'first.yaml.*exists' "$hallmark" new --maker Y --model y1 --out first.yaml
[ "$before" = "$(listing first.yaml)" ]
result $? 'and the first is as it was'
fails 'new: a kind that is not known' 3 'toaster' "$hallmark" new --kind toaster --maker X --model x1 --out t.yaml

# --- keys ---------------------------------------------------------------------------------------------------------
before=$(listing keys)
fails 'keys: a folder that is there' 3 'keys is there already' "$hallmark" keys init keys --unsealed
[ "$before" = "$(listing keys)" ]
result $? 'and its keys are as they were'
fails 'keys: threshold above the holders' 3 'threshold of 3' "$hallmark" keys init k3 --unsealed --holders 2 --threshold 3
fails 'keys: not a keys folder' 3 'folder.*keys.json' "$hallmark" keys list folder
fails 'keys: no passphrase and no terminal' 3 'passphrase' setsid -w "$hallmark" keys init k4
fails 'keys: an empty passphrase' 3 'passphrase is empty' "$hallmark" keys init k4 --passphrase-file empty.yaml
fails 'keys: the passphrase file is missing' 3 'nowhere: No such file' "$hallmark" keys init k4 --passphrase-file nowhere
works 'sealed keys are made' "$hallmark" keys init sealed --passphrase-file right --holders 1 --maker Lumen
[ ! -e k3 ] && [ ! -e k4 ]
result $? 'and no other folder'
fails 'release: wrong passphrase' 3 'sealed/targets.key: wrong passphrase' sh_ release r-sealed sealed 1.0.0 1 --passphrase-file wrong
cp -a sealed tampered
flip tampered/targets.key
fails 'release: tampered key file' 3 'tampered/targets.key' sh_ release r-sealed tampered 1.0.0 1 --passphrase-file right
cp -a keys other
flip other/snapshot.key
fails 'release: tampered unsealed key' 3 'other/snapshot.key' sh_ release r-sealed other 1.0.0 1
rm other/snapshot.key
fails 'release: a missing key' 3 'role snapshot wants 1 signatures; 0 of its keys' sh_ release r-sealed other 1.0.0 1
[ ! -e r-sealed ]
result $? 'and no repository was made'
"$hallmark" keys init foreign_ --unsealed --holders 1 >/dev/null
cp -a keys swapped
cp foreign_/snapshot.key foreign_/factory.key swapped/
fails 'release: a key of another folder' 3 'swapped/snapshot.key is not the key' sh_ release r-sealed swapped 1.0.0 1
cp foreign_/keys.json swapped/
cp foreign_/targets.key foreign_/timestamp.key swapped/
fails 'release: keys that the root does not name' 3 'swapped/targets.key is not the key' sh_ release r-sealed swapped 1.0.0 1
[ ! -e r-sealed ]
result $? 'and no repository was made'
"$hallmark" keys init foreign --unsealed --holders 1 >/dev/null
fails 'release: keys that do not belong to the repository' 3 'repository repo: ' sh_ release repo foreign 1.1.0 5
fails 'service-cert: wrong passphrase' 3 'sealed/service-ca.key: wrong passphrase' \
    "$hallmark" keys service-cert sealed --host h --out tls --passphrase-file wrong

# --- releases -----------------------------------------------------------------------------------------------------
before=$(listing repo)
fails 'release: a version published twice' 3 'version 1.0.0 of lumen-cam1 is published already' sh_ release repo keys 1.0.0 5
fails 'release: a counter that goes back' 3 'counter 4 is lower than the published 5' sh_ release repo keys 1.1.0 4
fails 'release: a version that is none' 3 'version.*one' sh_ release repo keys one 5
sed 's/^  until: .*/  until: 2030-01-01/' product.yaml >short.yaml
fails 'release: a support period that shrinks' 3 'support period would end before 2031-12-31' "$hallmark" release --repo repo --keys keys \
    --declaration short.yaml --image image --tree tree --version 1.1.0 --counter 5
bad_image() { # NAME PATTERN FILE
    fails "release: $1" 3 "$2" "$hallmark" release --repo repo --keys keys --declaration product.yaml --image "$3" --tree tree \
        --version 1.1.0 --counter 5
}
bad_image 'the image is missing' 'nothing.img: No such file' nothing.img
bad_image 'the image is empty' 'empty.yaml is empty' empty.yaml
bad_image 'the image is a folder' 'folder is (not a regular|neither a) file' folder
mv tree/usr/bin/camera aside
fails 'release: the tree lacks a protected file' 3 'usr/bin/camera is declared as protected' sh_ release repo keys 1.1.0 5
ln -s /etc/passwd tree/usr/bin/camera
fails 'release: a protected path is a symbolic link' 3 'usr/bin/camera.*symbolic link' sh_ release repo keys 1.1.0 5
rm tree/usr/bin/camera
mv aside tree/usr/bin/camera
mkdir bare
fails 'release: a tree without any protected file' 3 'is declared as protected' "$hallmark" release --repo repo --keys keys \
    --declaration product.yaml --image image --tree bare --version 1.1.0 --counter 5
fails 'release: no such tree' 3 'root tree nowhere is not a folder' "$hallmark" release --repo repo --keys keys --declaration product.yaml \
    --image image --tree nowhere --version 1.1.0 --counter 5
[ "$before" = "$(listing repo)" ]
result $? 'and the repository is as it was'
for f in repo/metadata/*.json; do
    name=${f##*/}
    cp -a repo flipped
    flip "flipped/metadata/$name"
    fails "repo status: one bit of $name" 3 "flipped: .*${name}" "$hallmark" repo status flipped
    rm -rf flipped
done
for f in repo/targets/*; do
    name=${f##*/}
    what=${name##*.}
    cp -a repo flipped
    flip "flipped/targets/$name"
    fails "repo status: one bit of the $what target" 3 "flipped: .*${name}" "$hallmark" repo status flipped
    truncate -s -1 "flipped/targets/$name"
    fails "repo status: the $what target is cut" 3 "flipped: .*${name}" "$hallmark" repo status flipped
    rm "flipped/targets/$name"
    fails "repo status: the $what target is missing" 3 "flipped: .*${name}" "$hallmark" repo status flipped
    rm -rf flipped
done
fails 'repo status: not a repository' 3 'folder is no repository|repository folder' "$hallmark" repo status folder
fails 'repo refresh: foreign keys' 3 'repository repo' "$hallmark" repo refresh repo --keys foreign
cp -a repo busy
flock busy/.lock sleep 3 &
holder=$!
sleep 0.2
fails 'release: another is under way' 3 'another change' sh_ release busy keys 1.1.0 5
kill "$holder" 2>/dev/null
wait "$holder" 2>/dev/null

# --- factory ------------------------------------------------------------------------------------------------------
works 'a unit is made' sh_ provision unit --id unit-1
before=$(listing unit keys)
rm -f other/factory.key
fails 'provision: a unit that is there' 3 'unit is there already' sh_ provision unit --id unit-2
fails 'provision: no factory key' 3 'other/factory.key: No such file' "$hallmark" provision --keys other --service localhost:1 \
    --model m --maker Lumen --out unit3
[ "$before" = "$(listing unit keys)" ]
result $? 'and the first and the records are as they were'

# --- statements and labels ----------------------------------------------------------------------------------------
fails 'verify: a missing file' 3 'nowhere: No such file' "$hallmark" verify nowhere --key keys/label.pub
fails 'verify: a key that is none' 3 'empty.yaml: ' "$hallmark" verify image --key empty.yaml
fails 'verify: a missing key' 3 'nowhere: No such file' "$hallmark" verify image --key nowhere
run "$hallmark" verify unit/factory/record.json --key keys/factory.pub
[ "$st" -eq 0 ] && grep -q '^Genuine' out
result $? 'verify: a factory record is genuine' err out
run "$hallmark" verify unit/factory/record.json --key keys/label.pub
[ "$st" -eq 1 ] && grep -q '^Not genuine' out
result $? 'verify: not with another key' err out
cp unit/factory/record.json record
flip record
run "$hallmark" verify record --key keys/factory.pub
[ "$st" -eq 1 ] && grep -q '^Not genuine' out
result $? 'verify: not with one bit changed' err out
fails 'label: verdicts that are none' 3 'empty.yaml' "$hallmark" label empty.yaml --key keys/label.key --out label
fails 'label: a missing file' 3 'nowhere: No such file' "$hallmark" label nowhere --key keys/label.key --out label
fails 'label: a key that is none' 3 'image' "$hallmark" label empty.yaml --key image --out label
fails 'assess: nothing to judge' 3 'facts.json: No such file' "$hallmark" assess --declaration product.yaml --judge-only --out label
[ ! -e label ]
result $? 'and nothing was written'
works 'assess: the declaration alone' "$hallmark" assess --declaration product.yaml --target 127.0.0.1 --only declaration --out seen
printf '{"v":1,' >seen/facts.json
fails 'assess: facts that were cut' 3 'facts' "$hallmark" assess --declaration product.yaml --judge-only --out seen

# --- what was published is never taken back ------------------------------------------------------------------------
mkdir shelf
cp product.yaml shelf/product.yaml
record=shelf/product.published.jsonl
publish() { "$hallmark" publish shelf/product.yaml --key keys/label.key "$@"; }
ends_on() { sed -i "s/^  until: .*/  until: $1/" shelf/product.yaml; }
export -f publish
publish --date 2025-03-01 --dry-run >/dev/null && [ ! -e $record ]
result $? 'publish --dry-run writes nothing'
works 'publish' sh_ publish --date 2025-03-01
ends_on 2032-06-30
works 'publish: extended' sh_ publish --date 2025-06-01
sed -i 's/^  place: .*/  place: Oxford/' shelf/product.yaml
works 'publish: another statement' sh_ publish --date 2025-06-01
cp $record kept
before=$(listing shelf/product.published.jsonl)
run sh_ publish --date 2025-07-01
[ "$st" -eq 0 ] && grep -q '^nothing new' out
result $? 'publish: the same again is nothing new' err out
ends_on 2032-06-29
short='support.* ends? on 2032-06-29; published until 2032-06-30 on 2025-06-01'
fails 'publish: shorter by a day' 1 'support would end on 2032-06-29; published until 2032-06-30' sh_ publish
run "$hallmark" check shelf/product.yaml
[ "$st" -eq 1 ] && grep -qE '^shelf/product.yaml:[0-9]+: contradicted 5.3-13: support ends on 2032-06-29; published until 2032-06-30' out
result $? 'check: shorter by a day' err out
run "$hallmark" check shelf/product.yaml --key keys/label.pub
[ "$st" -eq 1 ] && grep -q 'all signatures are good' out
result $? 'check: with the key' err out
fails 'compile: shorter by a day' 1 'contradicts itself' "$hallmark" compile shelf/product.yaml --out c
run "$hallmark" explain 5.3-13 shelf/product.yaml
[ "$st" -eq 0 ] && grep -qE "$short" out
result $? 'explain: shorter by a day' err out
shelf_release() { "$hallmark" release --repo r-shelf --keys keys --declaration shelf/product.yaml --image image --tree tree --counter 5 "$@"; }
export -f shelf_release
fails 'release: shorter by a day, into an empty repository' 3 'support would end on 2032-06-29; published until 2032-06-30' sh_ shelf_release
run "$hallmark" assess --declaration shelf/product.yaml --target 127.0.0.1 --only declaration --out c
[ "$st" -eq 1 ] && grep -q '5.3-13' out
result $? 'assess: shorter by a day fails 5.3-13' err out
rm -rf c
mv $record elsewhere.jsonl
fails 'compile: shorter by a day, --published' 1 'contradicts itself' "$hallmark" compile shelf/product.yaml --out c --published elsewhere.jsonl
fails 'release: shorter by a day, --published' 3 'published until 2032-06-30' sh_ shelf_release --published elsewhere.jsonl
fails 'check: --published that is not there' 3 'nowhere: No such file' "$hallmark" check shelf/product.yaml --published nowhere
mv elsewhere.jsonl $record
ends_on 2032-06-30
[ ! -e c ] && [ ! -e r-shelf ] && [ "$before" = "$(listing $record)" ]
result $? 'and nothing was written'
sed 's/^model: .*/model: lumen-cam2/' shelf/product.yaml >shelf/other.yaml
cp $record shelf/other.published.jsonl
fails 'publish: a record of another model' 3 'record is of lumen-cam1' "$hallmark" publish shelf/other.yaml --key keys/label.key
fails 'check: a record of another model' 3 'record is of lumen-cam1' "$hallmark" check shelf/other.yaml
fails 'release: a record of another model' 3 'record is of lumen-cam1' "$hallmark" release --repo r-shelf --keys keys \
    --declaration shelf/other.yaml --image image --tree tree --counter 5
fails 'publish: another key' 3 'entry 1: envelope: names the key' "$hallmark" publish shelf/product.yaml --key foreign/label.key
fails 'check: another key' 3 'entry 1: envelope: names the key' "$hallmark" check shelf/product.yaml --key foreign/label.pub
fails 'publish: a sealed key and a wrong passphrase' 3 'wrong passphrase' "$hallmark" publish product.yaml --key sealed/label.key --passphrase-file wrong
fails 'publish: a day in the future' 2 'future' sh_ publish --date 9999-01-01
fails 'publish: a day before the last' 1 'before 2025-06-01' sh_ publish --date 2025-05-31
fails 'publish: no key' 2 'needs --key' "$hallmark" publish product.yaml
fails 'publish: a declaration that contradicts itself' 1 'universal.yaml contradicts' "$hallmark" publish universal.yaml --key keys/label.key
fails 'publish: a broken declaration' 3 'tab.yaml' "$hallmark" publish tab.yaml --key keys/label.key
fails 'publish --list: no record' 3 'universal.published.jsonl: No such file' "$hallmark" publish universal.yaml --list
damaged() { # NAME PATTERN: publish, check, compile, explain, release, assess, --list and verify refuse the record as it is
    local name=$1 pattern=$2 was
    was=$(listing $record)
    fails "$name: publish" 3 "$pattern" sh_ publish
    fails "$name: publish --list" 3 "$pattern" "$hallmark" publish shelf/product.yaml --list
    fails "$name: check" 3 "$pattern" "$hallmark" check shelf/product.yaml
    fails "$name: compile" 3 "$pattern" "$hallmark" compile shelf/product.yaml --out c
    fails "$name: explain" 3 "$pattern" "$hallmark" explain 5.3-13 shelf/product.yaml
    fails "$name: schemes" 3 "$pattern" "$hallmark" schemes shelf/product.yaml
    fails "$name: release" 3 "$pattern" sh_ shelf_release
    fails "$name: assess" 3 "$pattern" "$hallmark" assess --declaration shelf/product.yaml --target 127.0.0.1 --only declaration --out c
    run "$hallmark" verify $record --key keys/label.pub
    [ "$st" -eq 1 ] && grep -q '^Not genuine' out
    result $? "$name: verify" err out
    [ ! -e c ] && [ ! -e r-shelf ] && [ "$was" = "$(listing $record)" ]
    result $? "$name: and nothing was written"
    cp kept $record
}
sed -i 2d $record
damaged 'an entry is missing' 'entry 2: is numbered 3'
sed -i -n '2{h;d};p;${x;p}' $record
damaged 'two entries are swapped' 'entry 2: is numbered 3'
flip $record
damaged 'one bit is changed' 'entry [123]: '
truncate -s -1 $record
damaged 'the last line break is gone' 'last line is torn.* after entry 2'
truncate -s -500 $record
damaged 'the last line is torn' 'last line is torn.* after entry 2'
rm $record
ln -s /dev/null $record
fails 'check: the record is a link' 3 'product.published.jsonl' "$hallmark" check shelf/product.yaml
rm $record
mkdir $record
fails 'check: the record is a folder' 3 'is not a regular file' "$hallmark" check shelf/product.yaml
rmdir $record
head -c 3000000 /dev/zero >$record
fails 'check: the record is far too large' 3 'larger than' "$hallmark" check shelf/product.yaml
: >$record
fails 'check: the record is empty' 3 'no publication is in it' "$hallmark" check shelf/product.yaml
fails 'publish: the record is empty' 3 'no publication is in it' sh_ publish
cp kept $record
# What nobody can see from the file alone: that the newest entry is gone. The head tells.
run "$hallmark" verify $record --key keys/label.pub
head=$(sed -n 's/^head: //p' out)
[ "$st" -eq 0 ] && grep -q '^entry 3: ' out && [ "$head" = "$(tail -n 1 $record | tr -d '\n' | sha256sum | cut -d ' ' -f 1)" ]
result $? 'verify: the history, and the head is the hash of the last line' err out
statement=$(sed -n 's/^SHA-256 of the statement of compliance: //p' out)
"$hallmark" compile shelf/product.yaml --out c --date 2025-06-01 >/dev/null && echo "$statement  c/statement-of-compliance.md" | sha256sum --status -c
result $? 'verify: the statement is the compiled one'
rm -rf c
sed -i 3d $record
run "$hallmark" verify $record --key keys/label.pub
[ "$st" -eq 0 ] && [ "$head" != "$(sed -n 's/^head: //p' out)" ]
result $? 'verify: another head when the newest entry was taken away' err out
cp kept $record
# Two writers: one is told to wait, none is lost.
fails 'publish: another writer' 3 'under way' flock shelf "$hallmark" publish shelf/product.yaml --key keys/label.key
ends_on 2033-01-01
for _ in 1 2 3 4 5 6 7 8; do publish >/dev/null 2>&1 & done
wait
[ "$(wc -l <$record)" -eq 4 ] && "$hallmark" verify $record --key keys/label.pub >/dev/null
result $? 'publish: eight at once add one entry'
ends_on 2034-01-01
chmod 555 shelf
if [ -n "$nobody" ] && mount --bind shelf shelf 2>/dev/null && mount -o remount,ro,bind shelf 2>/dev/null; then
    fails 'publish: a folder that may not be written' 3 'Read-only' sh_ publish
    works 'publish --dry-run: a folder that may not be written' sh_ publish --dry-run
    umount shelf
elif [ -z "$nobody" ]; then
    fails 'publish: a folder that may not be written' 3 'Permission denied' sh_ publish
    works 'publish --dry-run: a folder that may not be written' sh_ publish --dry-run
else
    skip 'no right to mount' 'publish: a folder that may not be written'
fi
chmod 755 shelf
[ "$(wc -l <$record)" -eq 4 ] && [ "$(find shelf -name '*.tmp*' | wc -l)" -eq 0 ]
result $? 'and the record is as it was'
json 'publish' 0 sh_ publish --json
json 'publish --list' 0 "$hallmark" publish shelf/product.yaml --list --json
json 'verify, a record of publications' 0 "$hallmark" verify $record --key keys/label.pub --json
json 'check, with a record' 0 "$hallmark" check shelf/product.yaml --json

# --- wrong calls --------------------------------------------------------------------------------------------------
fails 'an unknown command' 2 'no command "frobnicate"' "$hallmark" frobnicate
fails 'an unknown command with terminal escapes' 2 'no command' "$hallmark" $'x\033[31m\ny'
for p in "$hallmark" "$fleet" "$vdev"; do
    name=${p##*/}
    run "$p"
    [ "$st" -eq 2 ] && grep -q '^usage: ' err
    result $? "$name without a command" err
    run "$p" --help
    [ "$st" -eq 0 ] && grep -q '^usage: ' out
    result $? "$name --help" err
    for c in $("$p" --words); do
        run "$p" "$c" --help
        bad=$st
        for o in $("$p" --words "$c"); do grep -qE -- "^  $o( |\$)" out || bad=1; done
        result "$bad" "$name $c --help names every option" err out
        fails "$name $c: an unknown option" 2 "unknown option --frobnicate" "$p" "$c" --frobnicate
        fails "$name $c: terminal escapes in an option" 2 'unknown option' "$p" "$c" $'--x\033[31m\n'
        fails "$name $c: one dash" 2 'two dashes' "$p" "$c" -x
        fails "$name $c: too many arguments" 2 'not expected|too many' "$p" "$c" 1 2 3 4 5
        # The first option with a value, and the first that may be given once.
        "$p" "$c" --help >help 2>/dev/null
        value=$(sed -nE 's/^  (--[a-z-]+) [A-Z].*/\1/p' help | head -n 1)
        once=$(grep -E '^  --' help | grep -v 'may be repeated' | grep -v -- '--help' | sed -nE 's/^  (--[a-z-]+ ?[A-Z]?).*/\1/p' | head -n 1)
        [ -z "$value" ] || fails "$name $c: $value without its value" 2 "a value is missing after $value" "$p" "$c" "$value"
        case $once in
        '') ;;
        *' '*) fails "$name $c: ${once% *} twice" 2 'given twice' "$p" "$c" "${once% *}" 1 "${once% *}" 2 ;;
        *) fails "$name $c: $once twice" 2 'given twice' "$p" "$c" "$once" "$once" ;;
        esac
    done
done
fails 'a number that is none' 2 'counter.*"abc"' sh_ release repo keys 1.1.0 abc
fails 'a number that is too large' 2 'counter' sh_ release repo keys 1.1.0 99999999999999999999
fails 'a number with terminal escapes' 2 'counter' sh_ "release repo keys 1.1.0 \$'\\e[31m\\n'"
fails 'a day that is none' 2 'date' "$hallmark" check product.yaml --date $'2026-13-45\033'
fails 'a service that is none' 2 'service' "$hallmark" provision --keys keys --service $'x\033' --model m --maker Lumen --out unit9
fails 'keys: an unknown action' 2 'not "burn"' "$hallmark" keys burn keys
fails 'repo: an unknown action' 2 'not "burn"' "$hallmark" repo burn repo
fails 'completion: an unknown shell' 2 '"fish' "$hallmark" completion $'fish\033'
fails 'assess: an unknown probe' 2 'no probe' "$hallmark" assess --declaration product.yaml --target ::1 --out x --only $'a\033'
fails 'assess: ports that are none' 2 'ports' "$hallmark" assess --declaration product.yaml --target ::1 --out x --ports $'9-1\033'
fails 'hallmark-fleet: not its data folder' 3 'folder' "$fleet" status folder
fails 'hallmark-vdev: not a device' 3 'folder' "$vdev" boot folder

# --- JSON ---------------------------------------------------------------------------------------------------------
json 'check' 0 "$hallmark" check --json product.yaml
json 'compile' 0 "$hallmark" compile --json product.yaml --out compiled
json 'compile, refused' 1 "$hallmark" compile --json universal.yaml --out c
json 'keys init' 0 "$hallmark" keys init k5 --unsealed --json
json 'keys list' 0 "$hallmark" keys list keys --json
json 'keys service-cert' 0 "$hallmark" keys service-cert keys --host localhost --out tls --json
json 'release --dry-run' 0 sh_ release repo keys 1.1.0 5 --dry-run --json
json 'repo status' 0 "$hallmark" repo status repo --json
cp -a repo again
json 'repo refresh' 0 "$hallmark" repo refresh again --keys keys --json
json 'provision' 0 sh_ provision units --count 2 --json
json 'verify' 0 "$hallmark" verify unit/factory/record.json --key keys/factory.pub --json
json 'verify, refused' 1 "$hallmark" verify record --key keys/factory.pub --json
json 'assess' 0 "$hallmark" assess --declaration product.yaml --target 127.0.0.1 --only declaration --out seen --json
works 'a service is made' "$fleet" init data
json 'hallmark-fleet status' 0 "$fleet" status data --json
json 'hallmark-fleet rollout status' 0 "$fleet" rollout status data --json

# --- the service's data -------------------------------------------------------------------------------------------
before=$(listing data)
records=keys/batch/records.jsonl
fails 'fleet init: data that is there' 3 'data holds fleet data already' "$fleet" init data
fails 'fleet import: missing' 3 'nowhere: No such file' "$fleet" import data nowhere --factory-pub keys/factory.pub
fails 'fleet import: malformed' 3 'product.yaml: line 1' "$fleet" import data product.yaml --factory-pub keys/factory.pub
fails 'fleet import: another factory' 3 'records.jsonl: line 1' "$fleet" import data $records --factory-pub keys/label.pub
fails 'fleet import: a key that is none' 3 'empty.yaml: not a PEM' "$fleet" import data $records --factory-pub empty.yaml
{ cat $records; head -c 200 $records; } >torn.jsonl
fails 'fleet import: the last record is cut' 3 "torn.jsonl: line $(($(wc -l <$records) + 1))" "$fleet" import data torn.jsonl --factory-pub keys/factory.pub
fails 'fleet rollout: an unknown action' 2 'not "bu' "$fleet" rollout $'bu\033rn' data
fails 'fleet rollout: waves that are none' 3 'waves' "$fleet" rollout start data --target lumen-cam1-os-1.0.0.img --version 1.0.0 --waves $'9,\033'
fails 'fleet rollout: none to pause' 3 'no rollout' "$fleet" rollout pause data
fails 'fleet order-erase: no such device' 3 'no device' "$fleet" order-erase data $'no\033pe'
"$fleet" status data --json >out 2>err
grep -q '"device"' out
[ $? -eq 1 ] && [ "$before" = "$(listing data)" ]
result $? 'and no device was taken' out
cp -a data torn
head -c 5000 /dev/urandom >torn/db/fleet.db
fails 'fleet status: a damaged data base' 3 'torn/db/fleet.db' "$fleet" status torn

# --- no network: said, and never taken for an answer ----------------------------------------------------------------
run "$hallmark" assess --declaration product.yaml --target nosuch.invalid --only tls --out unseen
[ "$st" -eq 0 ] && grep -qE '"state": "(unreachable|error)"' unseen/facts.json && ! grep -q '"state": "\(seen\|absent\)"' unseen/facts.json && grep -q ' 0 passed' out
result $? 'assess: a target that is not there' err unseen/facts.json

# --- nobody listens -----------------------------------------------------------------------------------------------
silent() { # NAME COMMAND...: standard output is full, then closed
    local name=$1
    shift
    timeout 20 "$@" 2>err >/dev/full </dev/null
    st=$?
    shape && [ "$st" -eq 3 ] && grep -qE 'No space left|not all of the output' err
    result $? "full output: $name" why err
    # The reader is gone before the first byte: a pipe whose other end is closed.
    python3 - "$@" 2>err <<'PY'
import os, subprocess, sys
r, w = os.pipe()
os.close(r)
sys.exit(subprocess.run(sys.argv[1:], stdout=w, stdin=subprocess.DEVNULL, restore_signals=True, timeout=20).returncode % 256)
PY
    st=$?
    shape && [ "$st" -eq 3 ] && grep -qE 'Broken pipe|not all of the output' err
    result $? "closed output: $name" why err
}
silent '--help' "$hallmark" --help
silent '--version' "$hallmark" --version
silent '--words' "$hallmark" --words
silent 'check --help' "$hallmark" check --help
silent 'check' "$hallmark" check product.yaml
silent 'check --json' "$hallmark" check product.yaml --json
silent 'explain' "$hallmark" explain 5.1-1 product.yaml
silent 'new --out -' "$hallmark" new --maker x --model y --out -
silent 'repo status' "$hallmark" repo status repo
silent 'completion' "$hallmark" completion bash
silent 'verify' "$hallmark" verify unit/factory/record.json --key keys/factory.pub
silent 'hallmark-fleet status' "$fleet" status data

# --- full disk ----------------------------------------------------------------------------------------------------
page=$(getconf PAGESIZE)
# fill PAGES: leaves so many pages of the small disk free
fill() {
    rm -f disk/filler
    local free
    free=$(($(stat -f -c '%a * %S' disk) / page - $1))
    [ "$free" -gt 0 ] && head -c $((free * page)) /dev/zero >disk/filler
}
# Of several files, each is the old or the new one.
whole() { # FOLDER
    find "$1" -name '*.tmp*'
    find "$1" -name '*.json' -exec sh -c 'python3 -m json.tool "$1" >/dev/null 2>&1 || echo "not whole: $1"' - {} \;
}
compare=listing # what must be the same before and after
# full NAME STEP FOLDER-TO-KEEP COMMAND...: with more and more pages free, until it works
full() {
    local name=$1 step=$2 keep=$3 k bad=0 tries=0 before
    shift 3
    for ((k = 0; k < 200; k += step)); do
        fill "$k"
        before=$($compare "$keep")
        run "$@"
        [ "$st" -eq 0 ] && break
        tries=$((tries + 1))
        : >why
        if [ "$st" -ne 3 ] || ! grep -q 'No space left' err || ! shape; then
            echo "with $k pages free: status $st" >>why
            bad=1
            break
        fi
        if [ "$before" != "$($compare "$keep")" ]; then
            echo "with $k pages free this was left:" >>why
            diff <(echo "$before") <($compare "$keep") >>why
            bad=1
            break
        fi
    done
    [ $bad -eq 0 ] && { [ $tries -eq 0 ] || [ "$st" -ne 0 ]; } && { echo "$tries tries, last status $st" >why; bad=1; }
    result $bad "full disk: $name, $tries times" why err
}
disk() {
    umount -l disk 2>/dev/null
    mount -t tmpfs -o size=2m,mode=755 none disk 2>/dev/null
}
mkdir -p disk
names='new|compile|keys init|keys service-cert|release|first release|repo refresh|provision|assess|label|publish|first publish|vdev make'
if disk; then
    mkdir disk/w
    full 'new' 1 disk/w "$hallmark" new --maker X --model x1 --out disk/w/product.yaml
    full 'compile' 1 disk/w "$hallmark" compile product.yaml --out disk/w/compiled
    sed -e 's/^version: .*/version: 1.0.1/' -e 's/^  place: .*/  place: Oxford/' product.yaml >next.yaml
    full 'compile over an older one' 1 disk/w "$hallmark" compile next.yaml --out disk/w/compiled
    full 'keys init' 5 disk/w "$hallmark" keys init disk/w/keys --unsealed --holders 1
    full 'keys service-cert' 1 disk/w "$hallmark" keys service-cert keys --host localhost --out disk/w/tls
    disk && mkdir disk/w && cp -a repo disk/w/repo
    full 'release' 1 disk/w sh_ release disk/w/repo keys 1.1.0 5
    works 'full disk: and then the repository verifies' "$hallmark" repo status disk/w/repo
    full 'repo refresh' 1 disk/w "$hallmark" repo refresh disk/w/repo --keys keys
    full 'first release' 1 disk/w sh_ release disk/w/fresh keys 1.1.0 5
    disk && mkdir disk/w
    full 'provision' 3 disk/w sh_ provision disk/w/unit --id unit-full --batch disk/w/batch
    full 'provision two' 5 disk/w sh_ provision disk/w/units --count 2 --batch disk/w/batch
    disk && mkdir disk/w && cp -a unit disk/w/dev
    full 'vdev make' 1 disk/w "$vdev" make disk/w/dev --image image --policy repo/targets/*declaration* --version 1.0.0 --slot-mib 1
    disk && mkdir disk/w
    full 'first publish' 1 disk/w "$hallmark" publish product.yaml --key keys/label.key --date 2025-03-01 --record disk/w/p.jsonl
    full 'publish' 1 disk/w "$hallmark" publish next.yaml --key keys/label.key --record disk/w/p.jsonl
    works 'full disk: and then the record verifies' "$hallmark" verify disk/w/p.jsonl --key keys/label.pub
    compare=whole
    full 'assess' 6 disk/w "$hallmark" assess --declaration product.yaml --target 127.0.0.1 --only declaration --out disk/w/seen
    full 'label' 9 disk/w "$hallmark" label seen/verdicts.json --key keys/label.key --out disk/w/label
    umount disk
else
    IFS='|'
    for name in $names; do skip 'no right to mount a small disk' "full disk: $name"; done
    unset IFS
fi

# --- a second try of the factory's virtual device -----------------------------------------------------------------
policy=$(echo repo/targets/*declaration*)
cp -a unit dev
fails 'vdev make: a policy that is none' 3 'image' "$vdev" make dev --image image --policy image --version 1.0.0 --slot-mib 1
fails 'vdev make: an image larger than the slot' 3 'do not fit' "$vdev" make dev --image big-map.yaml --policy "$policy" --version 1.0.0 --slot-mib 1
[ "$(listing unit | sed 's/unit/dev/')" = "$(listing dev)" ]
result $? 'and nothing was left'
works 'vdev make' "$vdev" make dev --image image --policy "$policy" --version 1.0.0 --slot-mib 1
before=$(listing dev)
fails 'vdev make: twice' 3 'dev.*(already|exists)' "$vdev" make dev --image image --policy "$policy" --version 2.0.0 --slot-mib 1
[ "$before" = "$(listing dev)" ]
result $? 'and the device is as it was'

# --- images and patches -------------------------------------------------------------------------------------------
head -c 9000000 /dev/urandom >noise
{ head -c 4000000 noise; echo something new; tail -c 5000000 noise; } >noise2
works 'image: bytes that do not compress' "$hallmark" image noise --out noise.hmi
works 'apply: an image' "$hallmark" apply noise.hmi --out noise.out
cmp -s noise noise.out
result $? 'and it is the same'
works 'image: for devices that look for blocks' "$hallmark" image noise --blocks --out blocks.hmi
works 'patch' "$hallmark" patch noise noise2 --out noise.hmp
works 'apply: a patch' "$hallmark" apply noise noise.hmp --out noise2.out
cmp -s noise2 noise2.out
result $? 'and it is the same'
[ "$(stat -c %s noise.hmp)" -lt 3000 ]
result $? 'and it is small'
fails 'image: segments that leave a device no memory' 3 '--segment' "$hallmark" image noise --segment 4M --out x.hmi
fails 'image: segments of no size there is' 2 '3M' "$hallmark" image noise --segment 3M --out x.hmi
fails 'image: a missing file' 3 'nowhere: No such file' "$hallmark" image nowhere --out x.hmi
fails 'image: an empty file' 3 'empty.yaml' "$hallmark" image empty.yaml --out x.hmi
fails 'image: no place for it' 2 '--out' "$hallmark" image noise
fails 'patch: a missing file' 3 'nowhere: No such file' "$hallmark" patch nowhere noise --out x.hmp
fails 'patch: too little memory' 2 'memory-gib' "$hallmark" patch noise noise2 --memory-gib 0 --out x.hmp
fails 'apply: not a transfer file' 3 'noise' "$hallmark" apply noise --out x
fails 'apply: a patch without its base' 3 '' "$hallmark" apply noise.hmp --out x
fails 'apply: to another base' 1 'noise2 is not the image' "$hallmark" apply noise2 noise.hmp --out x
head -c 5000000 noise.hmi >short.hmi
fails 'apply: a file cut short' 3 'short.hmi' "$hallmark" apply short.hmi --out x
[ -z "$(ls -d x x.* 2>/dev/null)" ]
result $? 'and nothing was left'
rm noise* short.hmi blocks.hmi

# --- killed at each step ------------------------------------------------------------------------------------------
# killed NAME STEP PREPARE AFTER COMMAND...: PREPARE, COMMAND killed at call 1, 1+STEP, ...; AFTER must hold each time.
killed() {
    local name=$1 step=$2 prepare=$3 after=$4 k bad=0
    shift 4
    for ((k = 1; k < 400; k += step)); do
        eval "$prepare"
        { HALLMARK_TEST_KILL_AT=$k LD_PRELOAD=$killer "$@" >out 2>err </dev/null; st=$?; } 2>/dev/null
        [ $st -eq 0 ] && break
        if [ $st -ne 137 ]; then echo "at call $k: status $st" >why; bad=1; break; fi
        if ! eval "$after" >why 2>&1; then echo "after a kill at call $k" >>why; bad=1; break; fi
    done
    [ $bad -eq 0 ] && { [ $k -eq 1 ] || [ $st -ne 0 ]; } && { echo "never killed, or never done" >why; bad=1; }
    result $bad "killed: $name, at calls 1 to $k" why err
}
again() { # COMMAND...: works, or says that it is done
    "$@" >again.out 2>again.err </dev/null || grep -E 'already|was made before|svg: File exists' again.err || { cat again.err; return 1; }
}
sed 's/^  until: .*/  until: 2035-01-01/' product.yaml >more.yaml
if [ "$kind" = PLAIN ]; then
    killed 'release' 1 'rm -rf r && cp -a repo r' \
        '"$hallmark" repo status r && again release r keys 1.1.0 5 && "$hallmark" repo status r && "$hallmark" repo status r | grep -q 1.1.0.img' \
        "$hallmark" release --repo r --keys keys --declaration product.yaml --image image --tree tree --version 1.1.0 --counter 5
    killed 'first release' 2 'rm -rf r' \
        'again release r keys 1.1.0 5 && "$hallmark" repo status r && "$hallmark" repo status r | grep -q 1.1.0.img' \
        "$hallmark" release --repo r --keys keys --declaration product.yaml --image image --tree tree --version 1.1.0 --counter 5
    killed 'repo refresh' 1 'rm -rf r && cp -a repo r' '"$hallmark" repo status r && again "$hallmark" repo refresh r --keys keys' \
        "$hallmark" repo refresh r --keys keys
    # A new root for a repository: targets, snapshot and timestamp change their keys, and devices follow at every moment.
    mkdir -p ceremony && cp -a keys ceremony/keys
    "$hallmark" keys make ceremony/keys/next.key --name Next --unsealed >/dev/null
    set --
    for role in targets snapshot timestamp; do set -- "$@" --add "$role=ceremony/keys/next.holder.json" --remove "$role=$role"; done
    "$hallmark" keys propose ceremony/p.json --repo repo --keys keys "$@" >/dev/null &&
        "$hallmark" keys sign ceremony/p.json --key keys/root-1.key --yes >/dev/null &&
        "$hallmark" keys sign ceremony/p.json --key ceremony/keys/next.key --yes >/dev/null
    killed 'keys finish' 1 'rm -rf r && cp -a repo r' \
        '"$hallmark" repo status r --keys keys && { again "$hallmark" keys finish ceremony/p.json --repo r --keys ceremony/keys || grep -q "not what the proposal" again.err; } &&
         "$hallmark" repo status r --keys keys | grep "^root *version 2"' \
        "$hallmark" keys finish ceremony/p.json --repo r --keys ceremony/keys
    "$hallmark" keys make ceremony/acme.key --name Acme --unsealed >/dev/null
    "$hallmark" repo supply ceremony/pkg --role acme --key ceremony/acme.key --add image=acme/radio.bin >/dev/null
    killed 'repo delegate' 1 'rm -rf r && cp -a repo r' \
        '"$hallmark" repo status r && again "$hallmark" repo delegate r --keys keys --role acme --holder ceremony/acme.holder.json --path "acme/*" --from ceremony/pkg &&
         "$hallmark" repo status r | grep "^acme *version 1"' \
        "$hallmark" repo delegate r --keys keys --role acme --holder ceremony/acme.holder.json --path 'acme/*' --from ceremony/pkg
    cp -a r delegated
    killed 'repo supply' 1 'rm -rf pk && cp -a ceremony/pkg pk' \
        'again "$hallmark" repo supply pk --role acme --key ceremony/acme.key --add right=acme/more.bin && "$hallmark" repo accept delegated --keys keys --role acme --from pk --dry-run' \
        "$hallmark" repo supply pk --role acme --key ceremony/acme.key --add right=acme/more.bin
    cp -a ceremony/pkg pk2 && "$hallmark" repo supply pk2 --role acme --key ceremony/acme.key --add right=acme/more.bin >/dev/null
    killed 'repo accept' 1 'rm -rf r && cp -a delegated r' \
        '"$hallmark" repo status r && again "$hallmark" repo accept r --keys keys --role acme --from pk2 && "$hallmark" repo status r | grep "^acme *version 2"' \
        "$hallmark" repo accept r --keys keys --role acme --from pk2
    killed 'keys sign' 1 '"$hallmark" keys propose s.json --repo repo --keys keys >/dev/null 2>&1 || true; [ -e s.first ] || cp s.json s.first; cp s.first s.json' \
        '"$hallmark" keys review s.json; again "$hallmark" keys sign s.json --key keys/root-1.key --yes && "$hallmark" keys review s.json' \
        "$hallmark" keys sign s.json --key keys/root-1.key --yes
    killed 'keys init' 7 'rm -rf kk kk.making*' 'again "$hallmark" keys init kk --unsealed --holders 1 && "$hallmark" keys list kk' \
        "$hallmark" keys init kk --unsealed --holders 1
    killed 'publish' 1 'rm -f p.jsonl*; "$hallmark" publish product.yaml --key keys/label.key --date 2025-03-01 --record p.jsonl >/dev/null' \
        '"$hallmark" verify p.jsonl --key keys/label.pub && again "$hallmark" publish more.yaml --key keys/label.key --record p.jsonl &&
         [ "$(wc -l <p.jsonl)" -eq 2 ]' "$hallmark" publish more.yaml --key keys/label.key --record p.jsonl
    killed 'compile' 2 'rm -rf cc cc.making*' 'again "$hallmark" compile product.yaml --out cc' "$hallmark" compile product.yaml --out cc
    killed 'vdev make' 1 'rm -rf dd && cp -a unit dd' 'again "$vdev" make dd --image image --policy "$policy" --version 1.0.0 --slot-mib 1' \
        "$vdev" make dd --image image --policy "$policy" --version 1.0.0 --slot-mib 1
    # A unit that is there has its record, and a second run is not disturbed by what the first left.
    killed 'provision' 3 'rm -rf u u.* b' \
        'again provision u --id unit-k --batch b && again provision u2 --id unit-k2 --batch b && rm -rf u2 && grep -c . b/records.jsonl' \
        "$hallmark" provision --keys keys --repo repo --service localhost:8443 --model lumen-cam1 --maker Lumen --out u --id unit-k --batch b
else
    skip 'a preload does not go with a sanitizer' 'killed'
fi
echo "1..$n"
