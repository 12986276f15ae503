#!/usr/bin/env bash
# Runs the fuzz targets, coverage-guided by libFuzzer: the native decoders, and the reader of pipelines. What they find
# lies in target/fuzz/found, the inputs that they grow in target/fuzz/corpus. A stable toolchain will do: the code is
# instrumented for coverage, not by a sanitizer. Usage: scripts/fuzz.sh [seconds [target...]]; by default 60 s each
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v c++ >/dev/null; then
    echo 'libFuzzer needs a C++ compiler. On Debian and Ubuntu: apt install g++; on Fedora: dnf install gcc-c++.' >&2
    exit 1
fi

seconds=${1:-60}
targets=("${@:2}")
[[ $# -ge 2 ]] || targets=(jpeg png webp bmp gif pipeline)
declare -A suffixes=([jpeg]=jpg [png]=png [webp]=webp [bmp]=bmp [gif]=gif [pipeline]=json)

# As cargo-fuzz instruments, for this host only: build scripts must stay as they are.
host=$(rustc -vV | sed -n 's/^host: //p')
export RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1"
target=${CARGO_TARGET_DIR:-$PWD/target}/fuzz
cargo build --manifest-path rust/fuzz/Cargo.toml --features libfuzzer --locked --release --target "$host" --target-dir "$target/build"

for name in "${targets[@]}"; do
    mkdir -p "$target/corpus/$name" "$target/found"
    for seed in rust/core/tests/files/*."${suffixes[$name]}" rust/fuzz/seeds/*."${suffixes[$name]}"; do
        [[ ! -e $seed ]] || cp "$seed" "$target/corpus/$name/"
    done
    echo "fuzz: $name, $seconds s"
    "$target/build/$host/release/$name" "$target/corpus/$name" -max_total_time="$seconds" -max_len=65536 -timeout=10 \
        -rss_limit_mb=2048 -artifact_prefix="$target/found/$name-" -print_final_stats=1 -verbosity=0
done
