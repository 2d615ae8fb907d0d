//! `Idempotency-Key`: a request that may be sent again and is carried out once
//! (draft-ietf-httpapi-idempotency-key-header-07).

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::error::{Error, Kind};
use crate::http::desk::Desk;
use crate::http::problem::Problem;
use crate::triage::Once;

const NAME: &str = "idempotency-key";
const LONGEST: usize = 255;

/// The key of a request, where it has one.
pub struct Key(Option<String>);

impl FromRequestParts<Arc<Desk>> for Key {
    type Rejection = Problem;

    /// With or without the quotation marks that the draft asks for: senders write both.
    async fn from_request_parts(parts: &mut Parts, _: &Arc<Desk>) -> Result<Self, Problem> {
        let mut given = parts.headers.get_all(NAME).iter();
        let Some(first) = given.next() else { return Ok(Self(None)) };
        let key = first.to_str().ok().filter(|_| given.next().is_none()).map(|text| {
            let text = text.trim();
            text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text)
        });
        let fits = |key: &&str| (1..=LONGEST).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
        let wrong = || {
            let zh =
                format!("Idempotency-Key 须为 1 到 {LONGEST} 个可见 ASCII 字符，只给一次，每个新请求换一个（如 UUID）");
            let en = format!(
                "Idempotency-Key must be 1 to {LONGEST} visible ASCII characters, given once, new for each request"
            );
            Problem::from(Error::new(Kind::Malformed, zh, en))
        };
        key.filter(fits).map(|key| Self(Some(key.to_owned()))).ok_or_else(wrong)
    }
}

impl Key {
    /// With what the body says: blanks and the order of fields make no difference. Only digests are kept, since
    /// senders put anything into a key.
    pub fn with(self, body: &Value) -> Option<Once> {
        let digest = |text: &str| Sha256::digest(text.as_bytes());
        let key: String = digest(&self.0?).iter().map(|byte| format!("{byte:02x}")).collect();
        Some(Once { key, body: digest(&body.to_string()).to_vec() })
    }
}
