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
    --product 'Lumen Doorbell Camera' --model "$model" --site lumen.example --out "$work/first.yaml"
run "$hallmark" check "$work/first.yaml"
good 'hallmark new wrote a first declaration, and it passes hallmark check'
for v in 1.0.0 1.1.0 1.2.0; do
    sed -e "s/10\\.77\\.0\\.3/$cloud_ip/" -e "0,/^version: .*/s//version: $v/" -e "s/^    version: 1\\.0\\.0/    version: $v/" \
        "$src/examples/camera/product.yaml" >"$(yaml $v)"
done
run "$hallmark" check "$(yaml 1.0.0)"
cp "$(yaml 1.0.0)" "$out/product.yaml"
good "the camera's: $(tail -n 2 "$work/last.log" | head -n 1)"
sed 's/^disclosure:/disclosre:/' "$(yaml 1.0.0)" >"$work/misspelt.yaml"
refuse "$hallmark" check "$work/misspelt.yaml"
good "a misspelt key is refused: $(grep -m 1 -o 'unknown key.*' "$work/last.log" || head -n 1 "$work/last.log")"

# ---------------------------------------------------------------------------------------------------------------
step '2. Keys and first release: images and declaration under TUF roles'
keys=$work/keys repo=$work/repo
run "$hallmark" keys init "$keys" --holders 2 --threshold 2 --maker "$maker"
good 'root (2 of 2 holders), targets, snapshot, timestamp, factory, service and label keys, sealed with a passphrase'
run "$src/examples/camera/build-images" "$build" "$work/images"
publish() { # IMAGE VERSION COUNTER
    run "$hallmark" release --repo "$repo" --keys "$keys" --declaration "$(yaml "$2")" --image "$work/images/$1.img" \
        --tree "$work/images/$1.tree" --version "$2" --counter "$3"
}
publish v1 1.0.0 1
good "v1 ($(($(stat -c %s "$work/images/v1.img") / 1048576)) MiB image, $(find "$work/images/v1.tree" -type f | wc -l) files) is signed and published"

# ---------------------------------------------------------------------------------------------------------------
step '3. Factory: three devices, each with its own identity and password'
for d in dev1 dev2 dev3; do
    run "$hallmark" provision --keys "$keys" --repo "$repo" --service "$fleet_ip:8443" --model "$model" --maker "$maker" \
        --out "$(device $d)" --id "lumen-$d" --page-host "$(net_address $d)" --page-port 9443
    run "$vdev" make "$(device $d)" --image "$work/images/v1.img" --policy "$repo"/targets/*."$model-declaration-1.0.0.json" \
        --version 1.0.0 --counter 1 --slot-mib 16
done
cp "$keys"/batch/labels/*.svg "$out/" 2>/dev/null || true
good "factory records: $(wc -l <"$keys/batch/records.jsonl"); the labels carry QR code and password"
