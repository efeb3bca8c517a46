//! Passwords: Argon2id, a few at a time.

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::sync::Semaphore;

use crate::{Chance, Error, Result};

/// 19 MiB, two passes, one lane: the first choice of
/// <https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id>.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Hashing at once: each takes a core and 19 MiB.
const AT_ONCE: usize = 2;
/// Waiting for their turn; who comes later is told to come back.
const WAITING: usize = 64;

/// A hash of a password that nobody has: checked when the mail address is unknown, so that the answer takes as long.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$Zmxvcmluc2FsdGZsb3Jpbg$X0e/gz2uJwOPBTTjjBcJ9TnZ0QhWuSGMrMCyBTxTmSI";

/// The bench at which passwords are hashed.
#[derive(Debug)]
pub struct Hashing {
    turns: Semaphore,
    room: Semaphore,
}

impl Default for Hashing {
    fn default() -> Self {
        Self { turns: Semaphore::new(AT_ONCE), room: Semaphore::new(AT_ONCE + WAITING) }
    }
}

impl Hashing {
    /// Hashes a password.
    pub(super) async fn hash(&self, password: &str, chance: &dyn Chance) -> Result<String> {
        let mut salt = [0; 16];
        salt[..8].copy_from_slice(&chance.number().to_le_bytes());
        salt[8..].copy_from_slice(&chance.number().to_le_bytes());
        let password = password.to_owned();
        self.work(move || {
            let hash: PasswordHash = argon2()?.hash_password_with_salt(password.as_bytes(), &salt).map_err(broken)?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether a password is that of a hash. Without a hash it takes as long, and the answer is no.
    pub(super) async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool> {
        let (password, known) = (password.to_owned(), hash.is_some());
        let hash = hash.unwrap_or(NOBODY).to_owned();
        self.work(move || {
            let parsed =
                PasswordHash::new(&hash).map_err(|error| Error::broken(format!("a stored password hash: {error}")))?;
            let right = argon2()?.verify_password(password.as_bytes(), &parsed).is_ok();
            Ok(right && known)
        })
        .await
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let busy = || Error::Busy { reason: "too many sign-ins at once".into() };
        let _room = self.room.try_acquire().map_err(|_| busy())?;
        let _turn = self.turns.acquire().await.map_err(|_| busy())?;
        tokio::task::spawn_blocking(work).await.map_err(|error| Error::broken(format!("hashing: {error}")))?
    }
}

fn argon2() -> Result<Argon2<'static>> {
    let params =
        Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|error| Error::broken(format!("argon2: {error}")))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn broken(error: argon2::password_hash::Error) -> Error {
    Error::broken(format!("argon2: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Ambient;

    #[tokio::test]
    async fn a_hash_knows_its_password_and_no_other() {
        let (hashing, ambient) = (Hashing::default(), Ambient::system());
        let hash = hashing.hash("correct horse", ambient.chance.as_ref()).await.expect("hashes");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(hashing.verify("correct horse", Some(&hash)).await.expect("verifies"));
        assert!(!hashing.verify("battery staple", Some(&hash)).await.expect("verifies"));
        let again = hashing.hash("correct horse", ambient.chance.as_ref()).await.expect("hashes");
        assert_ne!(hash, again, "salted");
    }

    #[tokio::test]
    async fn nobody_has_no_password_and_takes_the_same_work() {
        assert!(!Hashing::default().verify("anything", None).await.expect("the hash of nobody is well formed"));
        let nobody = PasswordHash::new(NOBODY).expect("well formed");
        assert_eq!(nobody.params.get_decimal("m"), Some(MEMORY_KIB));
        assert_eq!(nobody.params.get_decimal("t"), Some(PASSES));
    }

    #[tokio::test]
    async fn a_crowd_is_told_to_come_back() {
        let hashing = Hashing::default();
        let crowd = (0..200).map(|_| hashing.verify("password", None));
        let answers = futures::future::join_all(crowd).await;
        let turned_away = answers.iter().filter(|answer| matches!(answer, Err(Error::Busy { .. }))).count();
        assert_eq!(turned_away, 200 - AT_ONCE - WAITING);
    }
}
