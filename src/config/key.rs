//! The master key, which seals what must never be read in a stolen database: given, or generated once into a file.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ring::rand::{SecureRandom, SystemRandom};

use super::{Config, Engine};

/// The file of the generated key, in the data folder.
const FILE: &str = "master.key";

/// Longer than any way to write a key.
const LONGEST_FILE_BYTES: u64 = 1024;

/// 32 bytes that show as `***`.
#[derive(Clone)]
pub(crate) struct MasterKey([u8; 32]);

impl MasterKey {
    /// The key itself.
    pub(crate) fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    #[error("production refuses a generated master key: set FLORIN_MASTER_KEY or FLORIN_MASTER_KEY_FILE")]
    Required,
    #[error("the data folder {} cannot be made: {source}", path.display())]
    Folder { path: PathBuf, source: io::Error },
    #[error("the master key in {} cannot be read: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error(
        "the master key in {path} can be read by other users of this machine (mode {mode:04o}); if nobody has, repair it with: chmod 600 {path}",
        path = path.display()
    )]
    Exposed { path: PathBuf, mode: u32 },
    #[error("the master key in {} {wrong}; put the kept copy in its place", path.display())]
    Malformed { path: PathBuf, wrong: String },
    #[error("the master key cannot be written to {}: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("the system gives no random numbers for the master key")]
    Random,
}

/// The configured key; or that of the file in the data folder, which is made if it is missing.
pub(crate) fn load_or_generate(config: &Config) -> Result<MasterKey, KeyError> {
    if let Some(key) = &config.master_key {
        return Ok(key.clone());
    }
    if matches!(config.database.engine, Engine::Postgres(_)) {
        return Err(KeyError::Required);
    }
    config.create_data_folder().map_err(|source| KeyError::Folder { path: config.data_folder.clone(), source })?;
    let path = config.data_folder.join(FILE);
    match load(&path)? {
        Some(key) => Ok(key),
        None => generate(&path),
    }
}

/// Reads a key as people write it; nothing when empty. What is wrong is said without repeating any of it.
pub(super) fn parse_optional(text: &str) -> Result<Option<MasterKey>, String> {
    if text.is_empty() { Ok(None) } else { parse(text).map(Some) }
}

fn parse(text: &str) -> Result<MasterKey, String> {
    let bytes = if text.len() == 64 { from_hex(text) } else { from_base64(text) };
    let bytes = bytes.ok_or("is neither base64 nor 64 hexadecimal digits")?;
    let length = bytes.len();
    let key = <[u8; 32]>::try_from(bytes).map_err(|_| format!("has {length} bytes, not 32"))?;
    // A placeholder that was never replaced.
    if key.iter().all(|byte| *byte == key[0]) {
        return Err("is one byte repeated, not random".to_owned());
    }
    Ok(MasterKey(key))
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.chars().map(|digit| digit.to_digit(16)).collect::<Option<Vec<_>>>()?;
    digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok()).collect()
}

/// Standard or URL-safe, with `=` at the end or without.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    [&STANDARD, &URL_SAFE].iter().find_map(|alphabet| GeneralPurpose::new(alphabet, config).decode(text).ok())
}

/// The key of an existing file; `None` if there is no file.
fn load(path: &Path) -> Result<Option<MasterKey>, KeyError> {
    let read = |source| KeyError::Read { path: path.to_owned(), source };
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(read(error)),
    };
    // Of the open file, so that it cannot be exchanged in between.
    #[cfg(unix)]
    {
        let metadata = file.metadata().map_err(read)?;
        let mode = std::os::unix::fs::MetadataExt::mode(&metadata) & 0o7777;
        if mode & 0o077 != 0 {
            return Err(KeyError::Exposed { path: path.to_owned(), mode });
        }
    }
    let mut text = String::new();
    file.take(LONGEST_FILE_BYTES).read_to_string(&mut text).map_err(read)?;
    match parse(text.trim_end()) {
        Ok(key) => Ok(Some(key)),
        Err(wrong) => Err(KeyError::Malformed { path: path.to_owned(), wrong }),
    }
}

/// Makes a key and its file: written whole beside its place and flushed, then linked into it, which fails if another
/// process was faster. So no crash leaves half a key, and two processes never go on with different ones.
fn generate(path: &Path) -> Result<MasterKey, KeyError> {
    let random = SystemRandom::new();
    let (mut key, mut suffix) = ([0; 32], [0; 8]);
    random.fill(&mut key).map_err(|_| KeyError::Random)?;
    random.fill(&mut suffix).map_err(|_| KeyError::Random)?;
    let beside = path.with_file_name(format!("{FILE}.{:016x}.new", u64::from_ne_bytes(suffix)));
    let linked = write_new(&beside, &key).and_then(|()| fs::hard_link(&beside, path));
    let removed = fs::remove_file(&beside);
    match linked.and(removed).and_then(|()| flush_folder(path)) {
        Ok(()) => Ok(MasterKey(key)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => taken(path),
        Err(source) => Err(KeyError::Write { path: path.to_owned(), source }),
    }
}

/// The key of whoever was faster.
fn taken(path: &Path) -> Result<MasterKey, KeyError> {
    load(path)?.ok_or_else(|| KeyError::Read { path: path.to_owned(), source: io::ErrorKind::NotFound.into() })
}

fn write_new(path: &Path, key: &[u8; 32]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    writeln!(file, "{}", base64::engine::general_purpose::STANDARD.encode(key))?;
    file.sync_all()
}

/// Without this the name of a new file may be lost when the power is.
fn flush_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if cfg!(unix) => fs::File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::{TestFolder, load};

    const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1EFF";

    fn embedded(folder: &TestFolder) -> Config {
        load(&[("FLORIN_DATA_FOLDER", folder.path().to_str().expect("UTF-8"))]).expect("a configuration")
    }

    #[test]
    fn every_way_to_write_a_key() {
        let bytes = (0_u8..32).map(|byte| byte ^ 0xf8).collect::<Vec<_>>();
        let standard = base64::engine::general_purpose::STANDARD.encode(&bytes);
        assert!(standard.contains(['+', '/']));
        let safe = standard.replace('+', "-").replace('/', "_");
        for text in [&standard, &safe, standard.trim_end_matches('='), safe.trim_end_matches('=')] {
            assert_eq!(parse(text).expect(text).expose().as_slice(), bytes);
        }
        assert_eq!(parse(HEX).expect("hex").expose()[30..], [0x1e, 0xff]);
    }

    #[test]
    fn other_texts_are_refused_and_not_repeated() {
        let short = base64::engine::general_purpose::STANDARD.encode([7; 16]);
        for (text, expected) in [
            ("opensesame!", "is neither base64 nor 64 hexadecimal digits"),
            (&HEX.replace("00", "zz"), "is neither base64 nor 64 hexadecimal digits"),
            (&short, "has 16 bytes, not 32"),
            (&"0".repeat(64), "is one byte repeated, not random"),
        ] {
            assert_eq!(parse(text).expect_err(text), expected);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_generated_key_is_private_and_used_again() {
        use std::os::unix::fs::MetadataExt;

        let folder = TestFolder::new();
        let config = embedded(&folder);
        let key = load_or_generate(&config).expect("a key");
        let mode = |path: &Path| fs::metadata(path).expect("metadata").mode() & 0o777;
        assert_eq!(mode(&config.data_folder.join(FILE)), 0o600);
        assert_eq!(mode(&config.data_folder), 0o700);
        assert_eq!(load_or_generate(&config).expect("a key").expose(), key.expose());
        let names =
            fs::read_dir(&config.data_folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
        assert_eq!(names.collect::<Vec<_>>(), [FILE]);
        assert_eq!(format!("{key:?}"), "***");
    }

    #[test]
    fn many_at_once_agree_on_one_key() {
        let folder = TestFolder::new();
        let config = embedded(&folder);
        let keys = std::thread::scope(|scope| {
            let threads = [(); 8].map(|()| scope.spawn(|| load_or_generate(&config).expect("a key")));
            threads.map(|thread| *thread.join().expect("a thread").expose())
        });
        assert_eq!(keys, [keys[0]; 8]);
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;

        let folder = TestFolder::new();
        let config = embedded(&folder);
        load_or_generate(&config).expect("a key");
        let path = config.data_folder.join(FILE);
        for mode in [0o640, 0o604, 0o660] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a mode");
            let error = load_or_generate(&config).expect_err("an exposed key").to_string();
            assert!(error.contains(&format!("mode {mode:04o}")), "{error}");
            assert!(error.ends_with(&format!("chmod 600 {}", path.display())), "{error}");
        }
    }

    #[test]
    fn a_damaged_key_is_never_replaced() {
        let folder = TestFolder::new();
        let config = embedded(&folder);
        let key = load_or_generate(&config).expect("a key");
        let path = config.data_folder.join(FILE);
        for text in ["", "half"] {
            fs::write(&path, text).expect("a file");
            let error = load_or_generate(&config).expect_err("a damaged key");
            assert!(matches!(error, KeyError::Malformed { .. }), "{error}");
            assert_eq!(fs::read_to_string(&path).expect("a file"), text);
        }
        // A copy put in its place, written by hand without a newline, works.
        fs::write(&path, base64::engine::general_purpose::STANDARD.encode(key.expose())).expect("a file");
        assert_eq!(load_or_generate(&config).expect("a key").expose(), key.expose());
    }

    #[test]
    fn a_configured_key_makes_no_file() {
        let folder = TestFolder::new();
        let data_folder = folder.path().to_str().expect("UTF-8").to_owned();
        let config =
            load(&[("FLORIN_DATA_FOLDER", &data_folder), ("FLORIN_MASTER_KEY", HEX)]).expect("a configuration");
        assert_eq!(load_or_generate(&config).expect("a key").expose()[1], 1);
        assert!(!folder.path().exists());
    }
}
