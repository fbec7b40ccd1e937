//! Compiles the C sources, warnings being errors.

fn main() {
    println!("cargo::rerun-if-changed=c");
    let sources = ["c/books.c", "c/padding.c"];
    let mut build = cc::Build::new();
    build.files(sources).std("c11").opt_level(2).warnings(true).warnings_into_errors(true);
    build.compile("alternatives");
}
