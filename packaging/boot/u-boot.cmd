# SPDX-License-Identifier: Apache-2.0
# Chooses between slot A and slot B for a device that Hallmark updates (docs/boot.md). Build it into the boot medium:
#   mkimage -T script -C none -d u-boot.cmd boot.scr
# Adapt the parts: which partitions are the slots, and how the kernel of a slot is loaded. U-Boot needs a redundant
# environment (CONFIG_SYS_REDUNDAND_ENVIRONMENT), the commands setexpr, itest and saveenv, and the hush shell.

test -n "${BOOT_ORDER}" || setenv BOOT_ORDER "A B"
test -n "${BOOT_A_LEFT}" || setenv BOOT_A_LEFT 3
test -n "${BOOT_B_LEFT}" || setenv BOOT_B_LEFT 3

setenv slot
for s in "${BOOT_ORDER}"; do
	if test -n "${slot}"; then
		true
	elif test "${s}" = "A"; then
		if itest ${BOOT_A_LEFT} -gt 0; then
			setexpr BOOT_A_LEFT ${BOOT_A_LEFT} - 1
			setenv slot a
			setenv part 2
		fi
	elif test "${s}" = "B"; then
		if itest ${BOOT_B_LEFT} -gt 0; then
			setexpr BOOT_B_LEFT ${BOOT_B_LEFT} - 1
			setenv slot b
			setenv part 3
		fi
	fi
done

# None is left: the plug was pulled before the agent could say that all is well. Count anew; the order still decides,
# and a slot that must not start is not in it. One that failed its trial stays out.
if test -z "${slot}"; then
	if test "${hallmark_trial}" != "A"; then setenv BOOT_A_LEFT 3; fi
	if test "${hallmark_trial}" != "B"; then setenv BOOT_B_LEFT 3; fi
	saveenv
	reset
fi

# On the disk before anything is started, and without the two names that are of this start only.
setenv chosen ${slot}
setenv chosen_part ${part}
setenv slot
setenv part
saveenv

setenv bootargs "${bootargs} root=/dev/mmcblk0p${chosen_part} ro rootwait panic=10 hallmark.slot=${chosen}"
load mmc 0:${chosen_part} ${kernel_addr_r} /boot/Image
load mmc 0:${chosen_part} ${fdt_addr_r} /boot/${fdtfile}
booti ${kernel_addr_r} - ${fdt_addr_r}

# The kernel of this slot could not be loaded: that try is spent, the next start may take the other one.
reset
