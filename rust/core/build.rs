//! Stops the build where libjpeg-turbo was built without its vector code, which would be silently slow.

use std::path::PathBuf;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let Some(include) = env::var_os("DEP_JPEG_INCLUDE") else { return };
    let config = env::split_paths(&include).map(|path: PathBuf| path.join("jconfig.h")).find(|path| path.is_file());
    let Some(config) = config else { return };
    println!("cargo::rerun-if-changed={}", config.display());
    let architecture = env::var("CARGO_CFG_TARGET_ARCH").unwrap_or_default();
    let vectors = ["x86", "x86_64", "aarch64"].contains(&architecture.as_str());
    let text = fs::read_to_string(&config).unwrap_or_default();
    if vectors && !text.lines().any(|line| line.trim() == "#define WITH_SIMD 1") {
        println!(
            "cargo::error=libjpeg-turbo (mozjpeg-sys) was built without its vector code, several times slower. On x86 \
             it needs nasm: on Debian and Ubuntu: apt install nasm; on Fedora: dnf install nasm; on macOS: brew \
             install nasm. Then: cargo clean --package mozjpeg-sys (with --release too), and build again."
        );
    }
}
