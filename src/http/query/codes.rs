//! Codes of the catalogue, as parameters name them.

use crate::case::NONE;
use crate::error::Saying;
use crate::taxonomy::Taxonomy;

pub(super) fn categories(code: &str, taxonomy: &Taxonomy) -> Result<Vec<String>, Saying> {
    if taxonomy.category(code).is_some() {
        return Ok(vec![code.to_owned()]);
    }
    let children = taxonomy.categories.iter().filter(|category| category.code.starts_with(code));
    let unknown = || Saying::new("目录里没有这个分类代码", "no category of the catalogue has this code");
    taxonomy.domain(code).map(|_| children.map(|category| category.code.clone()).collect()).ok_or_else(unknown)
}

/// One code of the catalogue, level 2 or level 1.
pub(super) fn category(code: &str, taxonomy: &Taxonomy) -> Result<String, Saying> {
    categories(code, taxonomy).map(|_| code.to_owned())
}

pub(super) fn petition(code: &str, taxonomy: &Taxonomy) -> Result<String, Saying> {
    let known: Vec<_> = taxonomy.petition.iter().map(|petition| petition.code.as_str()).collect();
    one_of(code, &known)
}

pub(super) fn urgency(code: &str, taxonomy: &Taxonomy) -> Result<String, Saying> {
    let known: Vec<_> = taxonomy.urgency.iter().map(|level| level.code.as_str()).collect();
    one_of(code, &known)
}

pub(super) fn one_of(code: &str, known: &[&str]) -> Result<String, Saying> {
    let wrong = || {
        let known = known.join(" ");
        Saying::new(format!("只能是 {known} 之一"), format!("must be one of {known}"))
    };
    known.contains(&code).then(|| code.to_owned()).ok_or_else(wrong)
}

/// What is read, or [`NONE`].
pub(super) fn or_none(code: &str, read: impl FnOnce(&str) -> Result<String, Saying>) -> Result<String, Saying> {
    if code == NONE { Ok(NONE.to_owned()) } else { read(code) }
}

pub(super) fn unit(code: &str, taxonomy: &Taxonomy) -> Result<String, Saying> {
    let unknown = || Saying::new("目录里没有这个单位代码", "no unit of the catalogue has this code");
    taxonomy.department(code).map(|_| code.to_owned()).ok_or_else(unknown)
}
