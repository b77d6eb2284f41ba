#!/usr/bin/env bash
# Builds the container image without a container engine: an OCI archive of one layer that holds the
# program, the shared libraries that it is linked with, and the certificates of public authorities.
# No shell, no package manager; user 65534; the root file system may be read-only. The program is stripped
# of its line tables, which are three quarters of it; the functions in a backtrace keep their names.
#
#   deploy/image/build.sh OUT.tar [BINARY]
#
# BINARY is a release build by default. Equal inputs give equal digests: times, owners, modes and order
# within the archives are fixed, and nothing of the machine is recorded but its architecture. Where the
# binary comes from a build of one's own, the same compiler and libc make the same bytes.
#
# To use it:  crane push OUT.tar REGISTRY/portcullis:TAG
#             skopeo copy oci-archive:OUT.tar docker://REGISTRY/portcullis:TAG
#             podman load --input OUT.tar      (or docker; deploy/image/try.sh OUT.tar does, and tries it)
set -euo pipefail
umask 022
export LC_ALL=C TZ=UTC

out=$(realpath -m "${1:?usage: build.sh OUT.tar [BINARY]}")
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$root/Cargo.toml" | head -n 1)

binary=${2:-}
if [ -z "$binary" ]; then
  RUSTFLAGS="--remap-path-prefix=$root=/portcullis --remap-path-prefix=$HOME=/home" \
    cargo build --release --locked --manifest-path "$root/Cargo.toml" --bin portcullis
  binary=$root/target/release/portcullis
fi
binary=$(realpath "$binary")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# An archive in which nothing depends on when and by whom it was made.
pack() {
  tar --create --directory="$1" --sort=name --format=ustar --mtime=@0 --owner=0 --group=0 \
    --numeric-owner --mode='u=rwX,go=rX' -- *
}

# The file system.
mkdir -p "$work/rootfs/usr/bin" "$work/rootfs/etc/ssl/certs" "$work/rootfs/tmp"
strip --strip-debug -o "$work/rootfs/usr/bin/portcullis" "$binary"
chmod 0755 "$work/rootfs/usr/bin/portcullis"
# What the dynamic linker would load, at the places where it looks.
ldd "$binary" | sed -nE 's/.*=> (\/[^ ]+) .*/\1/p; s/^\t(\/[^ ]+) .*/\1/p' | sort -u | while read -r library; do
  install -D -m 0755 "$(realpath "$library")" "$work/rootfs$library"
done
install -m 0644 /etc/ssl/certs/ca-certificates.crt "$work/rootfs/etc/ssl/certs/ca-certificates.crt"
printf 'nobody:x:65534:65534:nobody:/tmp:/sbin/nologin\n' >"$work/rootfs/etc/passwd"
printf 'nogroup:x:65534:\n' >"$work/rootfs/etc/group"
printf 'hosts: files dns\n' >"$work/rootfs/etc/nsswitch.conf"

# The image: blobs are called by their digests.
mkdir -p "$work/image/blobs/sha256"
digest() { sha256sum "$1" | cut -d ' ' -f 1; }
size() { stat -c %s "$1"; }
blob() {
  local hash
  hash=$(digest "$1")
  cp "$1" "$work/image/blobs/sha256/$hash"
  echo "$hash"
}
case $(uname -m) in
  x86_64) architecture=amd64 ;;
  aarch64) architecture=arm64 ;;
  *) echo "build.sh: no name for the architecture $(uname -m)" >&2; exit 1 ;;
esac

(cd "$work/rootfs" && pack .) >"$work/layer.tar"
gzip --no-name --best --stdout "$work/layer.tar" >"$work/layer.tar.gz"
layer=$(blob "$work/layer.tar.gz")

printf '{"architecture":"%s","os":"linux","created":"1970-01-01T00:00:00Z","config":{"User":"65534:65534","Entrypoint":["/usr/bin/portcullis"],"WorkingDir":"/tmp","Env":["PATH=/usr/bin","SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"],"ExposedPorts":{"8000/tcp":{},"9443/tcp":{}},"Labels":{"org.opencontainers.image.title":"portcullis","org.opencontainers.image.version":"%s","org.opencontainers.image.licenses":"Apache-2.0"}},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]},"history":[{"created":"1970-01-01T00:00:00Z","created_by":"deploy/image/build.sh"}]}' \
  "$architecture" "$version" "$(digest "$work/layer.tar")" >"$work/config.json"
config=$(blob "$work/config.json")

printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:%s","size":%s},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"sha256:%s","size":%s}]}' \
  "$config" "$(size "$work/config.json")" "$layer" "$(size "$work/layer.tar.gz")" >"$work/manifest.json"
manifest=$(blob "$work/manifest.json")

printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:%s","size":%s,"platform":{"architecture":"%s","os":"linux"},"annotations":{"org.opencontainers.image.ref.name":"%s"}}]}' \
  "$manifest" "$(size "$work/manifest.json")" "$architecture" "portcullis:$version" >"$work/image/index.json"
printf '{"imageLayoutVersion":"1.0.0"}' >"$work/image/oci-layout"
# The list that `docker load` and `crane push` read.
printf '[{"Config":"blobs/sha256/%s","RepoTags":["portcullis:%s"],"Layers":["blobs/sha256/%s"]}]' \
  "$config" "$version" "$layer" >"$work/image/manifest.json"

(cd "$work/image" && pack .) >"$out"
echo "sha256:$manifest"
