//! What can go wrong, sorted by who can mend it.
//!
//! One type for the whole crate: a [`Kind`] says what the *caller* can do, a [`Saying`] says it in Chinese and
//! in English, and [`Error::doing`] adds what was under way. A complaint's text never enters an error: messages
//! reach logs and operators' screens.

use std::fmt;

/// The result of everything here that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Who can mend it, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The sender: the input has the right form but not the right content.
    Invalid,
    /// The sender: the input cannot be read at all (broken JSON, wrong encoding).
    Malformed,
    /// The sender: the input is larger than what is taken.
    TooLarge,
    /// The sender: nothing stands under that name.
    NotFound,
    /// The sender: it contradicts what already stands.
    Conflict,
    /// Time: too much is under way; the same request may pass later.
    Busy,
    /// Time: still loading, or stopping.
    NotReady,
    /// The operator: a file or a setting is wrong; names the file and, where there is one, the line.
    Setup,
    /// Us: a mistake of the program. Its text is withheld from callers.
    Internal,
}

/// One sentence in the two languages of the house.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saying {
    pub zh: String,
    pub en: String,
}

/// One place of the input that is wrong: a JSON pointer (RFC 6901) or `file:line`, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    pub pointer: String,
    pub saying: Saying,
}

/// The one error of the crate.
#[derive(Debug)]
pub struct Error {
    pub kind: Kind,
    pub saying: Saying,
    /// Every single mistake found, so that all are mended in one go.
    pub flaws: Vec<Flaw>,
    doing: Vec<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Saying {
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }
}

impl Error {
    pub fn new(kind: Kind, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { kind, saying: Saying::new(zh, en), flaws: Vec::new(), doing: Vec::new(), source: None }
    }

    pub fn invalid(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(Kind::Invalid, zh, en)
    }

    pub fn setup(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(Kind::Setup, zh, en)
    }

    pub fn internal(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(Kind::Internal, zh, en)
    }

    /// Names one wrong place of the input; may be called once for each.
    pub fn at(mut self, pointer: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) -> Self {
        self.flaws.push(Flaw { pointer: pointer.into(), saying: Saying::new(zh, en) });
        self
    }

    /// Keeps the library's own error as the cause.
    pub fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Adds what was under way, outermost last: `error.doing("读取 data/rules.toml")`.
    pub fn doing(mut self, what: impl Into<String>) -> Self {
        self.doing.push(what.into());
        self
    }

    /// The same for one more whom it concerns. The causes stay with the first, whose story is told.
    pub fn again(&self) -> Self {
        Self {
            kind: self.kind,
            saying: self.saying.clone(),
            flaws: self.flaws.clone(),
            doing: self.doing.clone(),
            source: None,
        }
    }

    /// The whole story for the operator's log: what was under way, the sentence, the flaws, the causes.
    pub fn chain(&self) -> String {
        let mut story = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            story.push_str(&format!("\n  ← {error}"));
            cause = error.source();
        }
        story
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for what in self.doing.iter().rev() {
            write!(f, "{what}：")?;
        }
        write!(f, "{}", self.saying.zh)?;
        for flaw in &self.flaws {
            write!(f, "\n  {} {}", flaw.pointer, flaw.saying.zh)?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
