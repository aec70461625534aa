#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Usage: bash create.sh, by "keel image create", which has checked and set these:
#   IMAGE_FILE      the new file
#   IMAGE_HOST      the system's name
#   IMAGE_SUITE     Debian's release
#   IMAGE_SIZE      MiB
#   IMAGE_KERNEL    its kernel's package
#   IMAGE_INCLUDE   more packages, with commas
#   IMAGE_MIRROR    what mmdebstrap takes as a mirror, or nothing
#   IMAGE_USER      a user to make, or nothing: then it is root who logs in
#   IMAGE_KEY       lines of that user's authorized_keys, or nothing
#   IMAGE_PASSWORD  that user's password, or nothing
#
# Makes a disk with a Debian system that a BIOS and UEFI boot, by Debian's own tools, without root
# and without loop devices:
#
#   partition 1  1 MiB   BIOS boot: GRUB's core image
#   partition 2  64 MiB  EFI system, FAT: GRUB as EFI/BOOT/BOOTX64.EFI
#   partition 3  rest    ext4: all of the system
#
# Both GRUBs look for the file system by its UUID and read its /boot/grub/grub.cfg: an update-grub
# in the guest, which an upgrade of its kernel runs, is enough to boot the new one.
set -euo pipefail

readonly bios_at=2048 esp_at=4096 root_at=135168	# sectors of 512 bytes
readonly esp_sectors=$((root_at - esp_at))
# The copy of the partition table is behind it
readonly root_kib=$((IMAGE_SIZE * 1024 - root_at / 2 - 1024))
readonly base=systemd-sysv,systemd-resolved,udev,dbus,kmod,e2fsprogs,iproute2,iputils-ping,ca-certificates,less,nano,grub2-common,grub-pc-bin,grub-efi-amd64-bin

say() {
	echo "keel image: $*" >&2
}

die() {
	echo "keel: keel image create: $*" >&2
	exit 36
}

# ---- What it needs ----

# needs COMMAND PACKAGE
needs() {
	command -v "$1" >/dev/null || missing="${missing-} $2"
}

check_tools() {
	PATH=$PATH:/usr/sbin:/sbin
	needs mmdebstrap mmdebstrap
	needs mke2fs e2fsprogs
	needs sfdisk fdisk
	needs mformat mtools
	if [ "$(id -u)" != 0 ]; then
		needs newuidmap uidmap
		needs fakeroot fakeroot
	fi
	[ -z "${missing-}" ] || die "a tool is missing: apt install$missing"
}

# mmdebstrap makes the system's users in a user namespace
check_ids() {
	local name
	[ "$(id -u)" != 0 ] || return 0
	name=$(id -un)
	[ "$(cat /etc/subuid /etc/subgid 2>/dev/null | grep -cE "^($name|$(id -u)):")" -ge 2 ] ||
		die "$name has no range in /etc/subuid and /etc/subgid: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $name"
}

# ---- The system: in mmdebstrap's hook, as root of the new system ----

# shellcheck disable=SC2016 # the hook's own variables
readonly hook='set -eu
root=$1
echo "$IMAGE_HOST" >"$root/etc/hostname"
printf "127.0.0.1 localhost\n127.0.1.1 %s\n" "$IMAGE_HOST" >"$root/etc/hosts"
echo "UUID=$uuid / ext4 errors=remount-ro 0 1" >"$root/etc/fstab"
printf "[Match]\nType=ether\n\n[Network]\nDHCP=yes\n" >"$root/etc/systemd/network/80-dhcp.network"
chroot "$root" systemctl -q enable systemd-networkd
# Without an interface it would wait for one, and fail after two minutes
online=$root/etc/systemd/system/systemd-networkd-wait-online.service.d
mkdir -p "$online"
printf "[Unit]\nConditionPathExistsGlob=/sys/class/net/e*\n" >"$online/interface.conf"
# A locale that is always there: cloud-init would make en_US.UTF-8 one, and fail
echo LANG=C.UTF-8 >"$root/etc/default/locale"
cat >"$root/etc/default/grub" <<END
GRUB_TIMEOUT=1
GRUB_DISTRIBUTOR=Debian
GRUB_CMDLINE_LINUX_DEFAULT=
GRUB_CMDLINE_LINUX=console=ttyS0
GRUB_TERMINAL=serial
GRUB_SERIAL_COMMAND="serial --unit=0 --speed=115200"
END

name=${IMAGE_USER:-root}
if [ -n "$IMAGE_USER" ]; then
	chroot "$root" useradd -m -s /bin/bash -G sudo "$name"
	printf "%s ALL=(ALL) NOPASSWD: ALL\n" "$name" >"$root/etc/sudoers.d/$name"
	chmod 440 "$root/etc/sudoers.d/$name"
fi
if [ -n "$IMAGE_PASSWORD" ]; then
	printf "%s:%s\n" "$name" "$IMAGE_PASSWORD" | chroot "$root" chpasswd
elif [ -z "$IMAGE_KEY" ]; then
	chroot "$root" passwd -q -d "$name"
fi
if [ -n "$IMAGE_KEY" ]; then
	home=$(chroot "$root" sh -c "echo ~$name")
	mkdir -p "$root$home/.ssh"
	printf "%s\n" "$IMAGE_KEY" >"$root$home/.ssh/authorized_keys"
	chmod 700 "$root$home/.ssh"
	chmod 600 "$root$home/.ssh/authorized_keys"
	chroot "$root" chown -R "$name:" "$home/.ssh"
fi

grub=$root/boot/grub
mkdir -p "$grub"
printf "search.fs_uuid %s root\nset prefix=(\$root)/boot/grub\n" "$uuid" >"$grub/load.cfg"
for platform in i386-pc x86_64-efi; do
	cp -r "$root/usr/lib/grub/$platform" "$grub/"
done
cp "$root/usr/share/grub/unicode.pf2" "$grub/" 2>/dev/null || :
image() {
	chroot "$root" grub-mkimage -O "$1" -c /boot/grub/load.cfg -p /boot/grub -o "/boot/grub/$1/$2" \
		part_gpt ext2 search_fs_uuid normal $3
}
image i386-pc core.img biosdisk
image x86_64-efi core.efi fat
cat >"$grub/grub.cfg" <<END
# For the first start. update-grub writes another one.
serial --unit=0 --speed=115200
terminal_input serial
terminal_output serial
set timeout=1
menuentry "Debian" {
	search --no-floppy --fs-uuid --set=root $uuid
	linux /vmlinuz root=UUID=$uuid ro console=ttyS0
	initrd /initrd.img
}
END
'

# What of mmdebstrap's messages says how far it is
progress() {
	sed -un 's/^I: \(running apt-get update\|downloading packages\|extracting archives\|installing essential\|installing remaining packages\|cleaning package lists\|creating tarball\).*/keel image:   \1/p' >&2
}

# failed COMMAND: by what it has written to the log
failed() {
	if grep -q 'No space left on device' "$work/log"; then
		die "no space left for temporary files in $TMPDIR (TMPDIR says where), or for $IMAGE_FILE"
	fi
	tail -n 20 "$work/log" >&2
	die "$1 failed; its last lines are above"
}

make_system() {
	local mode=unshare packages=$base,$IMAGE_KERNEL${IMAGE_INCLUDE:+,$IMAGE_INCLUDE}
	[ "$(id -u)" != 0 ] || mode=root
	[ -z "$IMAGE_USER" ] || packages=$packages,sudo
	[ -z "$IMAGE_KEY" ] || packages=$packages,openssh-server
	say "1/3 packages of Debian's $IMAGE_SUITE, by mmdebstrap"
	export uuid
	# mmdebstrap sets a umask of its own, and keeps a file that is there
	: >"$work/root.tar"
	mmdebstrap --mode=$mode --variant=minbase --format=tar --include="$packages" \
		--dpkgopt=force-unsafe-io --customize-hook="$hook" "$IMAGE_SUITE" \
		"$work/root.tar" ${IMAGE_MIRROR:+"$IMAGE_MIRROR"} 2>&1 </dev/null |
		tee "$work/log" | progress || failed mmdebstrap
}

# ---- The disk ----

# What only root can make is noted by fakeroot, and mke2fs believes it
make_root() {
	local fake=fakeroot used
	[ "$(id -u)" != 0 ] || fake=
	say "2/3 the file system, by mke2fs"
	# shellcheck disable=SC2016,SC2086 # of the shell in it; no word is none
	$fake sh -c '
		set -eu
		mkdir "$1/root"
		tar -x -p --numeric-owner -f "$1/root.tar" -C "$1/root"
		rm "$1/root.tar"
		cd "$1/root"
		# Of its own at the first start, without questions
		: >etc/machine-id
		rm -f etc/resolv.conf var/lib/dbus/machine-id
		ln -s ../run/systemd/resolve/stub-resolv.conf etc/resolv.conf
		cp boot/grub/i386-pc/boot.img boot/grub/i386-pc/core.img boot/grub/x86_64-efi/core.efi "$1"
		mke2fs -q -F -t ext4 -O ^metadata_csum_seed -L root -U "$2" -d . -E offset="$3" "$4" "$5"
	' - "$work" "$uuid" $((root_at * 512)) "$disk" ${root_kib}k >"$work/log" 2>&1 || {
		used=$(du -sm "$work/root" 2>/dev/null | cut -f1)
		! grep -q 'Could not allocate' "$work/log" ||
			die "a system of $used MiB does not fit into $IMAGE_SIZE MiB: --size"
		failed mke2fs
	}
}

make_table() {
	sfdisk --quiet "$disk" <<-END
		label: gpt
		start=$bios_at, size=$((esp_at - bios_at)), type=21686148-6449-6E6F-744E-656564454649, name=bios
		start=$esp_at, size=$esp_sectors, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name=esp
		start=$root_at, size=$((root_kib * 2)), type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709, name=root
	END
}

# bytes AT TEXT: of printf, into the disk
bytes() {
	# shellcheck disable=SC2059 # escapes are what it is for
	printf "$2" | dd of="$disk" bs=1 seek="$1" conv=notrunc status=none
}

# The boot sector has where the core image begins (offset 0x5c), and that where its rest does
# (0x1f4, the last entry of its list of blocks): sectors 2048 and 2049
make_bios() {
	if [ "$(wc -c <"$work/core.img")" -gt $(((esp_at - bios_at) * 512)) ]; then
		echo "GRUB's core image has more than 1 MiB"
		return 1
	fi
	dd if="$work/boot.img" of="$disk" bs=440 count=1 conv=notrunc status=none &&
	dd if="$work/core.img" of="$disk" bs=512 seek=$bios_at conv=notrunc status=none &&
	bytes $((0x5c)) '\000\010\000\000\000\000\000\000' &&
	bytes $((bios_at * 512 + 0x1f4)) '\001\010\000\000\000\000\000\000'
}

make_uefi() {
	local fat=$disk@@$((esp_at * 512))
	export MTOOLS_SKIP_CHECK=1
	mformat -i "$fat" -F -T $esp_sectors -H $esp_at -h 255 -s 63 -v ESP :: &&
	mmd -i "$fat" ::/EFI ::/EFI/BOOT &&
	mcopy -i "$fat" "$work/core.efi" ::/EFI/BOOT/BOOTX64.EFI
}

# Each of them ends at its first failure by itself: behind || the shell goes on
make_boot() {
	say "3/3 partitions and boot loaders"
	{ make_table && make_bios && make_uefi; } >"$work/log" 2>&1 || failed "sfdisk, dd or mtools"
}

clean() {
	chmod -R u+rwX "$work/root" 2>/dev/null || :
	rm -rf "$work" "$disk"
}

# The system has secrets: the password's hash, an SSH server's keys. What is made here is its
# maker's alone; the system's own files have the modes that their packages say.
umask 077
check_tools
check_ids
[ ! -e "$IMAGE_FILE" ] || die "$IMAGE_FILE exists"
disk=$IMAGE_FILE.$$.part
{ : >"$disk"; } 2>/dev/null || die "$IMAGE_FILE cannot be made there"
export TMPDIR="${TMPDIR:-/var/tmp}"
work=$(mktemp -d "$TMPDIR/keel-image.XXXXXX") || die "no temporary folder in $TMPDIR"
trap clean EXIT
trap 'exit 130' INT TERM HUP
# What the namespace's root, who is another user, has to reach
chmod 755 "$work"
uuid=$(cat /proc/sys/kernel/random/uuid)
truncate -s "${IMAGE_SIZE}M" "$disk"
make_system
make_root
make_boot
# Not over another one that has come since
ln "$disk" "$IMAGE_FILE" 2>/dev/null || die "$IMAGE_FILE exists, or its file system has no links"
say "$IMAGE_FILE is ready: keel run --disk $IMAGE_FILE"
