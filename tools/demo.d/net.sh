# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
# The demo's network: one namespace per device, one for the service, one for the "cloud" that the camera talks to, joined by
# a bridge in a namespace of the home (where owner, stranger and assessor sit). Without the permission to make namespaces,
# everything runs on loopback addresses, and the demo says what is lost.

net_prefix=hmk$$
net_spaces=()

ns_name() { printf '%s-%s' "$net_prefix" "$1"; }

# at PLACE COMMAND...: run in the namespace of that place (home, fleet, cloud, dev1, ...).
at() {
    local place=$1
    shift
    if [ "$net_mode" = namespaces ]; then
        ip netns exec "$(ns_name "$place")" "$@"
    else
        "$@"
    fi
}

net_add() { # PLACE ADDRESS
    local ns
    ns=$(ns_name "$1")
    ip netns add "$ns"
    net_spaces+=("$ns")
    ip -n "$ns" link set lo up
    [ "$1" != home ] || return 0
    ip -n "$(ns_name home)" link add "p-$1" type veth peer name eth0 netns "$ns"
    ip -n "$(ns_name home)" link set "p-$1" master br0 up
    ip -n "$ns" addr add "$2/24" dev eth0
    ip -n "$ns" link set eth0 up
}

net_make() {
    net_add home -
    ip -n "$(ns_name home)" link add br0 type bridge
    ip -n "$(ns_name home)" addr add "${net_base}.1/24" dev br0
    ip -n "$(ns_name home)" link set br0 up
    local place
    for place in fleet cloud dev1 dev2 dev3; do net_add "$place" "$(net_address "$place")"; done
}

net_address() {
    case $1 in
    home) echo "$net_base.1" ;;
    fleet) echo "$net_base.2" ;;
    cloud) echo "$net_base.3" ;;
    dev*) echo "$net_base.$((10 + ${1#dev}))" ;;
    esac
}

# Can every place have its namespace, with a firewall of its own? If not, net_why says what is in the way.
net_possible() {
    local ns=$net_prefix-try tool
    [ -z "${DEMO_LOOPBACK:-}" ] || { net_why='DEMO_LOOPBACK is set'; return 1; }
    [ "$(id -u)" = 0 ] || { net_why='network namespaces need root'; return 1; }
    for tool in ip nft; do
        command -v $tool >/dev/null || { net_why="there is no $tool"; return 1; }
    done
    net_why='this machine allows no network namespaces'
    ip netns add "$ns" 2>/dev/null || return 1
    net_why=''
    ip netns exec "$ns" nft add table inet try 2>/dev/null || net_why='no firewall can be loaded in a namespace here'
    ip -n "$ns" link add try0 type veth peer name try1 2>/dev/null || net_why='this machine has no virtual Ethernet (veth)'
    ip -n "$ns" link add try2 type bridge 2>/dev/null || net_why='this machine has no network bridge'
    ip netns del "$ns"
    [ -z "$net_why" ]
}

net_choose() {
    if net_possible; then
        net_mode=namespaces net_base=10.77.0 uid_base=970 scan_ports=1-10000 devices=(dev1 dev2 dev3)
        net_words='a namespace for each device, for the service, for the cloud and for the home'
        net_make
    else
        net_mode=loopback net_base=127.77.0 uid_base=0 scan_ports=8443-9443 devices=(dev1)
        net_words="loopback only, because $net_why"
        lost+=('one device runs instead of three (they would need the same ports)'
            'the firewall of each device, so isolation is decided and reported but not enforced'
            'a user of its own for each process of the agent'
            "a scan of all ports (it would find this machine's own): only $scan_ports are tried")
    fi
    mkdir -p "$out/log"
}

net_remove() {
    local ns
    for ns in "${net_spaces[@]}"; do ip netns del "$ns" 2>/dev/null || true; done
    net_spaces=()
}
