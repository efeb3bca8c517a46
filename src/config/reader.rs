//! Finds the value of each key, environment over file over default, and collects what is wrong.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use toml::{Table, Value};

use super::defaults::Setting;
use super::problem::{Problem, Problems, meant};
use super::secret::{Secret, without_password};
use super::source::{CONFIG_VARIABLE, Source};

/// A value longer than this is not repeated in a problem.
const LONGEST_ECHO_CHARS: usize = 80;

/// What one key is set to and by whom, fit to be seen by people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    pub key: String,
    /// Without passwords; a key that is set is `***`.
    pub value: String,
    /// The variable or the file, or `default`.
    pub place: String,
}

/// Reads keys one by one. A key that is wrong reads as its default, so that reading goes on to the next problem.
pub(super) struct Reader<'a> {
    settings: &'a [Setting],
    source: &'a Source,
    /// The configuration file, its tables flattened to dotted keys.
    file: BTreeMap<String, Value>,
    shown: Vec<Shown>,
    problems: Vec<Problem>,
    /// Whether a key that looks unset may stand in a part of the file that could not be read.
    file_unreadable: bool,
}

/// A value as text (a list joined by commas), and where it was found.
struct Found {
    text: String,
    /// Nothing for the default.
    place: Option<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(settings: &'a [Setting], source: &'a Source) -> Self {
        let mut reader = Self {
            settings,
            source,
            file: BTreeMap::new(),
            shown: Vec::new(),
            problems: Vec::new(),
            file_unreadable: false,
        };
        reader.read_file();
        reader.refuse_unknown_keys();
        reader.refuse_unknown_variables();
        reader
    }

    /// What was read, or everything that was wrong.
    pub(super) fn finish<T>(self, value: impl FnOnce(Vec<Shown>) -> T) -> Result<T, Problems> {
        if self.problems.is_empty() { Ok(value(self.shown)) } else { Err(Problems(self.problems)) }
    }

    /// Reads a key. `parse` says what is wrong with a text without repeating it.
    ///
    /// # Panics
    /// When the key is not in `defaults.toml` or its default is not accepted: both are mistakes in the program.
    pub(super) fn parsed<T>(&mut self, key: &str, parse: impl Fn(&str) -> Result<T, String>) -> T {
        let settings = self.settings;
        let setting = settings
            .iter()
            .find(|setting| setting.key == key)
            .unwrap_or_else(|| panic!("{key} is missing in defaults.toml"));
        let default = text_of(&setting.default, &setting.default).unwrap_or_default();
        let found = self.find(setting).unwrap_or_else(|(place, wrong)| {
            self.refuse(setting, place, wrong);
            None
        });
        let found = found.unwrap_or(Found { text: default.clone(), place: None });
        self.show(setting, &found);
        parse(&found.text).unwrap_or_else(|wrong| {
            let place = found.place.unwrap_or_else(|| place_of_nothing(setting));
            self.refuse(setting, place, echo(setting, &found.text, &wrong));
            parse(&default).unwrap_or_else(|wrong| panic!("the default of {key} {wrong}"))
        })
    }

    pub(super) fn number<T>(&mut self, key: &str, range: RangeInclusive<T>) -> T
    where
        T: FromStr + PartialOrd,
    {
        self.parsed(key, |text| {
            let digits = text.strip_prefix('-').unwrap_or(text);
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err("is not a whole number".to_owned());
            }
            // Too many digits for the type is out of range as well.
            text.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| "is out of range".to_owned())
        })
    }

    pub(super) fn seconds(&mut self, key: &str, range: RangeInclusive<u64>) -> Duration {
        Duration::from_secs(self.number(key, range))
    }

    pub(super) fn milliseconds(&mut self, key: &str, range: RangeInclusive<u64>) -> Duration {
        Duration::from_millis(self.number(key, range))
    }

    pub(super) fn days(&mut self, key: &str, range: RangeInclusive<u64>) -> Duration {
        Duration::from_secs(self.number(key, range) * 24 * 60 * 60)
    }

    /// A list; one entry that is wrong makes the whole of it wrong.
    pub(super) fn list<T>(&mut self, key: &str, parse: impl Fn(&str) -> Option<T>, wrong: &str) -> Vec<T> {
        self.parsed(key, |text| {
            text.split(',')
                .map(str::trim)
                .filter(|entry| !entry.is_empty())
                .map(|entry| parse(entry).ok_or_else(|| wrong.to_owned()))
                .collect()
        })
    }

    /// The path of a file that must exist and hold what `check` asks for; nothing when empty.
    pub(super) fn file(&mut self, key: &str, check: impl Fn(&[u8]) -> Result<(), String>) -> Option<PathBuf> {
        let open = self.source.open;
        self.parsed(key, |text| {
            if text.is_empty() {
                return Ok(None);
            }
            let path = PathBuf::from(text);
            let bytes = open(&path).map_err(|error| format!("cannot be read: {error}"))?;
            check(&bytes)?;
            Ok(Some(path))
        })
    }

    /// Whether somebody gave the key a value, be it a wrong one. Asked after the key was read.
    pub(super) fn is_set(&self, key: &str) -> bool {
        self.file_unreadable
            || self.problems.iter().any(|problem| problem.key == key)
            || self.shown.iter().any(|shown| shown.key == key && !shown.value.is_empty())
    }

    /// Adds a problem that concerns a key that is not set.
    pub(super) fn refuse_missing(&mut self, key: &str, wrong: &str) {
        let settings = self.settings;
        if let Some(setting) = settings.iter().find(|setting| setting.key == key) {
            self.refuse(setting, place_of_nothing(setting), wrong.to_owned());
        }
    }

    fn refuse(&mut self, setting: &Setting, place: String, wrong: String) {
        let (key, accepted) = (setting.key.clone(), Some(setting.accepted.clone()));
        self.problems.push(Problem { key, place, wrong, accepted });
    }

    fn refuse_unknown(&mut self, name: &str, place: String, wrong: String) {
        self.problems.push(Problem { key: name.to_owned(), place, wrong, accepted: None });
    }

    /// The value that wins, or where and why it cannot be told. `None` is the default.
    fn find(&self, setting: &Setting) -> Result<Option<Found>, (String, String)> {
        let direct = self.variable(&setting.variable)?;
        let by_file = match setting.file_variable() {
            Some(name) => self.variable(&name)?.map(|path| (name, path)),
            None => None,
        };
        match (direct, by_file) {
            (Some(_), Some((name, _))) => {
                let wrong = format!("is set, and so is {name}: only one of them may be");
                Err((setting.variable.clone(), wrong))
            }
            (Some(text), None) => Ok(Some(Found { text, place: Some(setting.variable.clone()) })),
            (None, Some((name, path))) => {
                let place = format!("{name} (the file {path})");
                match self.secret_file(Path::new(&path)) {
                    Ok(text) => Ok(Some(Found { text, place: Some(place) })),
                    Err(wrong) => Err((place, wrong)),
                }
            }
            (None, None) => {
                let Some(value) = self.file.get(&setting.key) else { return Ok(None) };
                let place = format!("{}, {}", self.file_name(), setting.key);
                match text_of(value, &setting.default) {
                    Ok(text) => Ok(Some(Found { text, place: Some(place) })),
                    Err(wrong) => Err((place, wrong)),
                }
            }
        }
    }

    fn variable(&self, name: &str) -> Result<Option<String>, (String, String)> {
        match self.source.environment.get(name).filter(|value| !value.is_empty()) {
            None => Ok(None),
            Some(value) => match value.to_str() {
                Some(text) => Ok(Some(text.to_owned())),
                None => Err((name.to_owned(), "is not UTF-8 text".to_owned())),
            },
        }
    }

    fn secret_file(&self, path: &Path) -> Result<String, String> {
        let bytes = (self.source.open)(path).map_err(|error| format!("cannot be read: {error}"))?;
        let text = String::from_utf8(bytes).map_err(|_| "is not UTF-8 text".to_owned())?;
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        // Taking it as "not set" would quietly start with another database.
        if text.is_empty() { Err("is empty".to_owned()) } else { Ok(text.to_owned()) }
    }

    fn show(&mut self, setting: &Setting, found: &Found) {
        let value = if setting.secret && !found.text.is_empty() {
            without_password(&Secret::new(found.text.clone()))
        } else {
            found.text.clone()
        };
        let place = found.place.clone().unwrap_or_else(|| "default".to_owned());
        self.shown.push(Shown { key: setting.key.clone(), value, place });
    }

    fn file_name(&self) -> String {
        self.source.file.as_ref().map(|file| file.path.display().to_string()).unwrap_or_default()
    }

    fn read_file(&mut self) {
        let source = self.source;
        let Some(file) = &source.file else { return };
        let wrong = match &file.text {
            Err(error) => match file.named_by {
                Some(name) => format!("was named by {name} and cannot be read: {error}"),
                None => format!("cannot be read: {error}"),
            },
            Ok(text) => match text.parse::<Table>() {
                Ok(table) => return flatten("", table, &mut self.file),
                // Only the message: the whole error repeats the line, which may hold a secret.
                Err(error) => {
                    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
                    format!("line {} is not valid TOML: {}", before.matches('\n').count() + 1, error.message())
                }
            },
        };
        self.file_unreadable = true;
        let name = self.file_name();
        self.refuse_unknown(&name.clone(), name, wrong);
    }

    fn refuse_unknown_keys(&mut self) {
        let settings = self.settings;
        let known = settings.iter().map(|setting| setting.key.as_str());
        let is_known = |key: &str, value: &Value| match value {
            // An empty table sets nothing; it is only worth a word if it is misspelled.
            Value::Table(_) => known.clone().any(|name| name.starts_with(key)),
            _ => known.clone().any(|name| name == key),
        };
        let unknown = self.file.iter().filter(|(key, value)| !is_known(key, value));
        for key in unknown.map(|(key, _)| key.clone()).collect::<Vec<_>>() {
            let place = format!("{}, {key}", self.file_name());
            self.refuse_unknown(&key, place, format!("is not a known key{}", did_you_mean(meant(&key, known.clone()))));
        }
    }

    fn refuse_unknown_variables(&mut self) {
        let source = self.source;
        let mut known = vec![CONFIG_VARIABLE.to_owned()];
        for setting in self.settings {
            known.push(setting.variable.clone());
            known.extend(setting.file_variable());
        }
        let is_known = |name: &str| known.iter().any(|other| other == name);
        for (name, value) in &source.environment {
            let Some(rest) = name.strip_prefix("FLORIN_") else { continue };
            if is_known(name) || value.is_empty() {
                continue;
            }
            let wrong = if name.strip_suffix("_FILE").is_some_and(is_known) {
                "is not a known variable: only a secret can be read from a file".to_owned()
            } else {
                let names = known.iter().map(String::as_str);
                let closest = names.clone().find(|other| *other == rest).or_else(|| meant(name, names));
                format!("is not a known variable{}", did_you_mean(closest))
            };
            self.refuse_unknown(name, name.clone(), wrong);
        }
    }
}

fn did_you_mean(name: Option<&str>) -> String {
    name.map(|name| format!("; did you mean {name}?")).unwrap_or_default()
}

/// Where a value would have to be given.
fn place_of_nothing(setting: &Setting) -> String {
    format!("{} (or {} in florin.toml)", setting.variable, setting.key)
}

/// Repeats the value, unless it is secret or looks as if somebody put a password into it.
fn echo(setting: &Setting, text: &str, wrong: &str) -> String {
    if setting.secret || text.contains('@') || text.chars().count() > LONGEST_ECHO_CHARS {
        format!("the value {wrong}")
    } else {
        format!("{text:?} {wrong}")
    }
}

/// The value as text if it has the type of the default. Says the types, never the value.
fn text_of(value: &Value, default: &Value) -> Result<String, String> {
    match (value, default) {
        (Value::String(text), Value::String(_)) => Ok(text.clone()),
        (Value::Integer(number), Value::Integer(_)) => Ok(number.to_string()),
        (Value::Array(entries), Value::Array(_)) => {
            let texts = entries.iter().map(Value::as_str).collect::<Option<Vec<_>>>();
            texts.map(|texts| texts.join(",")).ok_or_else(|| "holds something that is not a string".to_owned())
        }
        _ => Err(format!("the value is of type {}, expected {}", value.type_str(), default.type_str())),
    }
}

fn flatten(prefix: &str, table: Table, into: &mut BTreeMap<String, Value>) {
    for (name, value) in table {
        let key = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
        match value {
            Value::Table(inner) if !inner.is_empty() => flatten(&key, inner, into),
            value => _ = into.insert(key, value),
        }
    }
}
