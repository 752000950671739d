#!/usr/bin/env bash
# Build the systemd images that the scenarios run in, from the distributions' own package archives.
#   images.sh debian12 debian13 ubuntu2404
# Nothing is pulled from a registry. A tarball is cached under the checksum of this script, so that
# a change here rebuilds; the .deb files are kept beside it and given to the containers as their cache.
set -euo pipefail
cd "$(dirname "$0")/../.."
cache=$PWD/.cache/images
recipe=$(sha256sum "tests/molecule/images.sh" | cut -c1-12)
mkdir -p "$cache"

packages=apt,systemd,systemd-sysv,dbus,python3,python3-apt,cron,ca-certificates,iproute2,procps,passwd,sudo
# Units that make no sense, or fail, in a container; a failed unit would hide a failure of ours.
masked="systemd-modules-load.service systemd-udevd.service systemd-remount-fs.service getty.target
        console-getty.service systemd-networkd-wait-online.service apt-daily.timer apt-daily-upgrade.timer
        dpkg-db-backup.timer fstrim.timer"
# On a host PID 1 shares mounts with the namespaces of services that are confined; in a container it leaves that to others.
# The demo's container may not, and mounts nothing either.
share_mounts='[Unit]
DefaultDependencies=no
Before=local-fs-pre.target
[Service]
Type=oneshot
ExecStart=-/usr/bin/mount --make-rshared /
[Install]
WantedBy=sysinit.target'

ubuntu_keyring() { # Debian 13 packages Ubuntu's key; Debian 12 does not
  [ -s "$cache/ubuntu.gpg" ] || podman run --rm --env DEBIAN_FRONTEND=noninteractive localhost/debian13-systemd sh -c '
    apt-get -qq update >&2 && apt-get -qq -y install ubuntu-keyring >/dev/null &&
    cat /usr/share/keyrings/ubuntu-archive-keyring.gpg' > "$cache/ubuntu.gpg.part"
  [ -s "$cache/ubuntu.gpg" ] || mv "$cache/ubuntu.gpg.part" "$cache/ubuntu.gpg"
}

bootstrap() { # bootstrap NAME: write the root file system of NAME to its tarball
  local name=$1 debs=$cache/debs-$1 suite source=()
  case $name in
    debian12) suite=bookworm ;;
    debian13) suite=trixie ;;
    ubuntu2404)
      ubuntu_keyring
      suite=noble
      source=("deb [signed-by=$cache/ubuntu.gpg] http://archive.ubuntu.com/ubuntu noble main universe"
              "deb [signed-by=$cache/ubuntu.gpg] http://archive.ubuntu.com/ubuntu noble-updates main universe") ;;
    *) echo "images.sh: no recipe for '$name'; there is debian12, debian13 and ubuntu2404." >&2; exit 2 ;;
  esac
  mkdir -p "$debs"
  SOURCE_DATE_EPOCH=1735689600 mmdebstrap --quiet --format=tar --variant=minbase --include="$packages" \
    --dpkgopt=force-unsafe-io --skip=download/empty --skip=essential/unlink \
    --setup-hook='mkdir -p "$1"/var/cache/apt/archives/' \
    --setup-hook="sync-in $debs /var/cache/apt/archives/" \
    --customize-hook="sync-out /var/cache/apt/archives $debs" \
    --customize-hook='rm -f "$1"/var/cache/apt/archives/*.deb "$1"/etc/hostname "$1"/etc/resolv.conf; : > "$1"/etc/machine-id' \
    --customize-hook='sed -i "s/ \[signed-by=[^]]*\]//" "$1"/etc/apt/sources.list' \
    --customize-hook="chroot \"\$1\" systemctl --quiet mask $(echo $masked)" \
    --customize-hook="echo '$share_mounts' > \"\$1\"/etc/systemd/system/share-mounts.service" \
    --customize-hook='chroot "$1" systemctl --quiet enable share-mounts.service' \
    "$suite" "$cache/$name-$recipe.tar.part" "${source[@]}"
  mv "$cache/$name-$recipe.tar.part" "$cache/$name-$recipe.tar"
}

for name in "$@"; do
  image=localhost/$name-systemd
  [ "$(podman image inspect --format '{{index .Labels "recipe"}}' "$image" 2>/dev/null)" = "$recipe" ] && continue
  [ -s "$cache/$name-$recipe.tar" ] || bootstrap "$name"
  podman import --quiet --change 'CMD ["/sbin/init"]' --change 'ENV container=podman' --change 'STOPSIGNAL SIGRTMIN+3' \
    --change "LABEL recipe=$recipe" "$cache/$name-$recipe.tar" "$image" > /dev/null
  echo "built $image"
done
