//! TypeScript to JavaScript by leaving the types out: every type becomes blanks, so that lines and columns stay.
//!
//! Only syntax that can be left out is taken (`erasableSyntaxOnly`); what it means is checked by `npm run check`.

use std::ops::Range;

use tree_sitter::{Node, Parser};

/// A module without its types, and the modules that it imports when it is loaded: as written, with their lines.
pub struct Module {
    pub code: String,
    pub imports: Vec<(String, usize)>,
}

/// What a reader of the source must mend: the line and what is wrong there.
pub struct Flaw {
    pub line: usize,
    pub what: String,
}

/// Whole nodes that say nothing when the program runs. The second list is of statements.
const TYPES: [&str; 9] = [
    "type_annotation",
    "type_predicate_annotation",
    "asserts_annotation",
    "type_parameters",
    "type_arguments",
    "implements_clause",
    "accessibility_modifier",
    "override_modifier",
    "omitting_type_annotation",
];
const STATEMENTS: [&str; 7] = [
    "interface_declaration",
    "type_alias_declaration",
    "ambient_declaration",
    "function_signature",
    "method_signature",
    "abstract_method_signature",
    "index_signature",
];
/// Words and signs that belong to types where they stand under one of these nodes.
const SIGNS: [(&str, &[&str]); 6] = [
    ("optional_parameter", &["?"]),
    ("public_field_definition", &["readonly", "abstract", "?", "!"]),
    ("method_definition", &["?"]),
    ("variable_declarator", &["!"]),
    ("abstract_class_declaration", &["abstract"]),
    ("non_null_expression", &["!"]),
];
/// What would have to be translated, not left out.
const REFUSED: [&str; 6] =
    ["enum_declaration", "module", "internal_module", "import_alias", "import_require_clause", "decorator"];

/// Leaves the types of a module out.
pub fn strip(text: &str) -> Result<Module, Flaw> {
    let mut parser = Parser::new();
    let language = tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into();
    let flaw = |what: &str| Flaw { line: 1, what: what.to_owned() };
    parser.set_language(&language).map_err(|error| flaw(&error.to_string()))?;
    let tree = parser.parse(text, None).ok_or_else(|| flaw("cannot be parsed"))?;
    let mut stripper = Stripper { text, blanks: Vec::new(), imports: Vec::new() };
    if let Some(wrong) = first_error(tree.root_node()) {
        return Err(Flaw { line: line(wrong), what: format!("a syntax error near `{}`", stripper.start_of(wrong)) });
    }
    stripper.visit(tree.root_node())?;
    Ok(Module { code: stripper.code(), imports: stripper.imports })
}

fn line(node: Node) -> usize {
    node.start_position().row + 1
}

/// The first place that the grammar does not know.
fn first_error(node: Node) -> Option<Node> {
    if !node.has_error() {
        return None;
    }
    if node.is_error() || node.is_missing() {
        return Some(node);
    }
    children(node).into_iter().find_map(first_error).or(Some(node))
}

fn children(node: Node) -> Vec<Node> {
    node.children(&mut node.walk()).collect()
}

fn has(node: Node, kind: &str) -> bool {
    children(node).iter().any(|child| child.kind() == kind)
}

/// What a blanked stretch leaves behind.
#[derive(Clone, Copy, PartialEq)]
enum Leaves {
    Lines,
    /// A statement's place keeps a `;`, so that the lines around it do not join.
    Semicolon,
    /// Nothing may break the line before `=>`.
    Nothing,
}

struct Stripper<'a> {
    text: &'a str,
    blanks: Vec<(Range<usize>, Leaves)>,
    imports: Vec<(String, usize)>,
}

impl Stripper<'_> {
    fn visit(&mut self, node: Node) -> Result<(), Flaw> {
        let kind = node.kind();
        let refuse = |what: String| Err(Flaw { line: line(node), what });
        if REFUSED.contains(&kind) && node.is_named() {
            return refuse(format!("`{kind}` cannot be left out: write it in plain JavaScript"));
        }
        if TYPES.contains(&kind) {
            let arrow = node.parent().is_some_and(|parent| parent.kind() == "arrow_function");
            self.blank(node.byte_range(), if arrow { Leaves::Nothing } else { Leaves::Lines });
            return Ok(());
        }
        if STATEMENTS.contains(&kind) {
            self.blank(node.byte_range(), Leaves::Semicolon);
            return Ok(());
        }
        match kind {
            "import_statement" | "export_statement" => {
                let declared = node.child_by_field_name("declaration");
                if has(node, "type") || declared.is_some_and(|inner| STATEMENTS.contains(&inner.kind())) {
                    self.blank(node.byte_range(), Leaves::Semicolon);
                    return Ok(());
                }
                if let Some(source) = node.child_by_field_name("source") {
                    let name = self.text[source.byte_range()].trim_matches(['"', '\'']).to_owned();
                    self.imports.push((name, line(node)));
                }
            }
            "import_specifier" | "export_specifier" if node.child_count() > 1 && has(node, "type") => {
                self.blank_listed(node);
                return Ok(());
            }
            "as_expression" | "satisfies_expression" => {
                if let Some(value) = node.child(0) {
                    self.visit(value)?;
                    self.blank(value.end_byte()..node.end_byte(), Leaves::Lines);
                    return Ok(());
                }
            }
            "required_parameter" | "optional_parameter" => {
                if has(node, "accessibility_modifier") || has(node, "readonly") {
                    return refuse("a parameter property cannot be left out: assign the field by hand".into());
                }
                if node.child_by_field_name("pattern").is_some_and(|pattern| pattern.kind() == "this") {
                    self.blank_listed(node);
                    return Ok(());
                }
            }
            "public_field_definition" if has(node, "declare") => {
                self.blank(node.byte_range(), Leaves::Semicolon);
                return Ok(());
            }
            _ => {}
        }
        for child in children(node) {
            let sign = SIGNS.iter().any(|(of, signs)| *of == kind && signs.contains(&child.kind()));
            if sign && !child.is_named() {
                self.blank(child.byte_range(), Leaves::Lines);
            } else {
                self.visit(child)?;
            }
        }
        Ok(())
    }

    fn blank(&mut self, range: Range<usize>, leaves: Leaves) {
        self.blanks.push((range, leaves));
    }

    /// One of a list, with the comma after it.
    fn blank_listed(&mut self, node: Node) {
        let comma = node.next_sibling().filter(|next| next.kind() == ",");
        self.blank(node.start_byte()..comma.unwrap_or(node).end_byte(), Leaves::Lines);
    }

    fn start_of(&self, node: Node) -> &str {
        self.text[node.byte_range()].split_whitespace().next().unwrap_or("the end")
    }

    fn code(&self) -> String {
        let mut code = String::with_capacity(self.text.len());
        let mut done = 0;
        for (range, leaves) in &self.blanks {
            code.push_str(&self.text[done..range.start]);
            let gone = &self.text[range.clone()];
            if *leaves == Leaves::Semicolon {
                code.push(';');
            }
            if *leaves != Leaves::Nothing {
                let last = gone.rfind('\n').map_or(0, |at| at + 1);
                code.extend(gone[..last].chars().filter(|c| *c == '\n'));
                // Columns of what follows on the same line stay as they were.
                let rest = gone[last..].chars().skip(usize::from(*leaves == Leaves::Semicolon && last == 0));
                code.extend(rest.map(|_| ' '));
            }
            done = range.end;
        }
        code.push_str(&self.text[done..]);
        code
    }
}
