#!/bin/bash
# Proves the two commands of the README on a bare Debian 12: debootstrap makes one in a folder, with nothing but Debian's base
# system in it, and a clone of this repository is started in there as a newcomer would. Takes some minutes and the network; needs
# root and the package debootstrap. Usage: test/bare-machine/run.sh [FOLDER]
set -euo pipefail
project=$(cd "$(dirname "$0")/../.." && pwd)
folder=${1:-/var/tmp/skiff-bare-machine}
root=$folder/root
mirror=${MIRROR:-http://deb.debian.org/debian}
[ "$(id -u)" = 0 ] || { echo "needs root" >&2; exit 1; }
command -v debootstrap > /dev/null || { echo "needs debootstrap (apt-get install debootstrap)" >&2; exit 1; }

mkdir -p "$folder"
if [ ! -e "$folder/base.tar" ]; then
  echo "Making a bare Debian 12"
  debootstrap --variant=minbase --include=ca-certificates bookworm "$root" "$mirror" > "$folder/debootstrap.log"
  tar -C "$root" -cf "$folder/base.tar.partial" .
  mv "$folder/base.tar.partial" "$folder/base.tar"
fi
rm -rf "$root"
mkdir -p "$root"
tar -C "$root" -xf "$folder/base.tar"
# Certificates that this machine trusts, for registries behind a proxy of its own.
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
cp /etc/resolv.conf "$root/etc/resolv.conf"
echo skiff-bare > "$root/etc/hostname"
git clone -q "$project" "$root/skiff"

cat > "$root/newcomer.sh" <<'NEWCOMER'
set -eu
cd /skiff
for program in npm node containerd crun runc nft; do
  if command -v $program > /dev/null; then echo "this machine is not bare: it has $program" >&2; exit 1; fi
done
echo "--- ./skiff up"
./skiff up
echo "--- a second up"
./skiff up 2>&1 | grep -q 'already running'
echo "--- the example"
./skiff kubectl get nodes -o wide
for version in v1 v2; do ./skiff image pack examples/my-api/$version -t my-api:$version; done
./skiff kubectl create namespace my-app
./skiff kubectl -n my-app apply -f examples/my-api/
./skiff kubectl -n my-app rollout status deploy/api-server --timeout=120s
./skiff kubectl -n my-app wait --for=condition=Ready pod/client --timeout=120s
./skiff kubectl -n my-app exec client -c client -- wget -qO- http://api-service
echo "--- doctor"
./skiff doctor
echo "--- ./skiff down"
./skiff down --purge
if ps -eo args | grep -q '[c]ontainerd'; then echo "containerd is still there" >&2; exit 1; fi
echo "All went well on a bare machine."
NEWCOMER

# /run and logs are the bare machine's own; kernel and cgroups are this one's.
exec unshare --mount --pid --uts --fork --kill-child bash -c '
  set -e
  root=$1
  mount --make-rprivate /
  mount --bind "$root" "$root"
  mount -t proc proc "$root/proc"
  mount --rbind /sys "$root/sys"
  mount --rbind /dev "$root/dev"
  mount -t tmpfs tmpfs "$root/run"
  hostname skiff-bare
  # What a service manager would mount as root: pivoting makes the folder the root of this namespace, as containers need it.
  cd "$root"
  mkdir -p old
  pivot_root . old
  umount -l /old
  exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
    NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt bash /newcomer.sh
' bash "$root"
