//! Throwaway folders, all below one folder a test process, which goes away with that process.

use std::{
    env, fs,
    hash::{BuildHasher, RandomState},
    os::unix::{fs::DirBuilderExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

/// The longest path of a folder in which every server can still have its socket (`sun_path` holds 107 bytes).
const LONGEST_PATH: usize = 107 - "/.s.PGSQL.5432".len();

/// An empty folder, removed with everything in it on drop.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let path = root().join(unique());
        fs::DirBuilder::new().mode(0o700).create(&path).expect("a new folder below the temp folder");
        assert!(
            path.as_os_str().len() <= LONGEST_PATH,
            "{} is too long for a unix socket in it: set TMPDIR to a short path",
            path.display()
        );
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What a dying process still holds, the janitor of the test process takes away.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A short name that no other test of this or any other process has.
pub(crate) fn unique() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    static RUN: OnceLock<u64> = OnceLock::new();
    let run = RUN.get_or_init(|| RandomState::new().hash_one(std::process::id())) >> 24;
    format!("{run:010x}_{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

fn root() -> &'static Path {
    static ROOT: OnceLock<(PathBuf, Child)> = OnceLock::new();
    let (root, _janitor) = ROOT.get_or_init(|| {
        let root = env::temp_dir().join(format!("florin-{}", unique()));
        // Others may pass through, because PostgreSQL refuses to run as root and becomes another user.
        fs::DirBuilder::new().mode(0o711).create(&root).expect("a new folder in the temp folder");
        let janitor = janitor(&root);
        (root, janitor)
    });
    root
}

/// Removes `folder` when this process ends, also by a signal: its standard input closes then, and nothing sooner.
///
/// Statics are not dropped, and the folders of the shared servers belong to one. Its own process group keeps the janitor
/// alive through a Ctrl-C; it tries again while a dying server still writes.
fn janitor(folder: &Path) -> Child {
    Command::new("/bin/sh")
        .args(["-c", r#"read -r _; for _ in 1 2 3 4 5 6 7 8 9; do rm -rf -- "$1" && break; sleep 1; done"#, "janitor"])
        .arg(folder)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .expect("/bin/sh starts")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_new_and_goes_away() {
        let (one, other) = (Folder::new(), Folder::new());
        assert_ne!(one.path(), other.path());
        fs::write(one.path().join("file"), "content").expect("a writable folder");
        let path = one.path().to_owned();
        drop(one);
        assert!(!path.exists());
        assert!(other.path().exists());
    }
}
