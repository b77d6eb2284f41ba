//! The container image is made of its inputs and of nothing else.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

/// Two builds, from copies of one binary that differ in time, mode and place.
#[test]
fn equal_binaries_make_equal_images() -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    // Any program that is linked will do, and a small one is packed sooner.
    let one = build(dir.path(), "one", "/bin/true", SystemTime::now())?;
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let two = build(dir.path(), "two", "/bin/true", long_ago)?;
    assert!(one == two, "the images differ");
    let other = build(dir.path(), "three", "/bin/false", SystemTime::now())?;
    assert!(one != other, "another binary makes no other image");
    Ok(())
}

fn build(dir: &Path, name: &str, binary: &str, time: SystemTime) -> anyhow::Result<Vec<u8>> {
    let (copy, out) = (dir.join(name), dir.join(format!("{name}.tar")));
    fs::copy(binary, &copy)?;
    fs::File::options()
        .write(true)
        .open(&copy)?
        .set_modified(time)?;
    let output = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/image/build.sh"))
        .args([&out, &copy])
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    Ok(fs::read(out)?)
}
