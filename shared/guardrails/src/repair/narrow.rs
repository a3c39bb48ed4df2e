//! Cuts the guilty parts out of a document and keeps every other byte.
//!
//! Every question that a guardrail asks has one property: a document that allows less is not less safe. So a part
//! that is unsafe by itself is guilty, whatever stands beside it, and small questions are enough to find those. The
//! others are put back one after the other, in bulk where bulk is safe, and what cannot be put back is guilty. What
//! is left is safe, because it was asked as a whole; and nothing more of it could have been kept, because each part
//! that is gone makes it unsafe again. That holds for parts that are unsafe alone and for parts that are unsafe
//! together.

use std::collections::{BTreeMap, BTreeSet};

use policy::edit::{self, Target};
use policy::{Document, Effect, Element, Statement};

/// How many questions may be asked of one document. None that IAM stores needs as many: in its 10,240 characters there
/// is room for 1,700 entries, and each costs four questions at most. Of a document that is larger, and so was never
/// stored, what is not asked about is cut.
const MAX_QUESTIONS: usize = 8_000;

/// A list of a statement that can be cut entry by entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    /// `Principal`.
    Principals,
    /// `Action`.
    Actions,
    /// `Resource`.
    Resources,
}

/// What can be cut out of a trust policy.
pub(crate) const OF_TRUST: &[List] = &[List::Principals];

/// What can be cut out of a permission policy. Who may do less is told from the actions, so these come first.
pub(crate) const OF_PERMISSIONS: &[List] = &[List::Actions, List::Resources];

impl List {
    /// The entries that can be cut out; those of a `Not...` element cannot, since without them it would cover
    /// more.
    fn targets(self, statement: &Statement, index: usize) -> Vec<Target> {
        let count = match self {
            Self::Principals => statement.principal.as_ref().map_or(0, cuttable),
            Self::Actions => cuttable(&statement.action),
            Self::Resources => statement.resource.as_ref().map_or(0, cuttable),
        };
        (0..count).map(|entry| self.target(index, entry)).collect()
    }

    fn target(self, statement: usize, entry: usize) -> Target {
        match self {
            Self::Principals => Target::Principal { statement, entry },
            Self::Actions => Target::Action { statement, entry },
            Self::Resources => Target::Resource { statement, entry },
        }
    }
}

fn cuttable<T>(element: &Element<T>) -> usize {
    match element {
        Element::Only(entries) => entries.len(),
        Element::AllBut(_) => 0,
    }
}

/// The smallest parts without which `is_unsafe` does not hold any more; empty if it does not hold at all.
pub(crate) fn guilty(
    document: &Document,
    lists: &[List],
    is_unsafe: &dyn Fn(&Document) -> bool,
) -> BTreeSet<Target> {
    let allows: Vec<Target> = allowing(document).map(Target::Statement).collect();
    let mut search = Search { document, lists, is_unsafe, cut: BTreeSet::new(), asked: 0 };
    if search.is_unsafe() {
        search.put_back_statements(&allows);
    }
    search.cut
}

/// The document without these parts; `None` if no statement is left.
pub(crate) fn without(document: &Document, parts: &BTreeSet<Target>) -> Option<Document> {
    let targets: Vec<Target> = parts.iter().copied().collect();
    Document::read(edit::remove(document, &targets).ok()??).ok()
}

/// The document with this part of its Allows only, and with every Deny.
pub(crate) fn only(document: &Document, statement: usize, entries: &[Target]) -> Option<Document> {
    let mut gone: BTreeSet<Target> =
        allowing(document).filter(|&other| other != statement).map(Target::Statement).collect();
    if let Some(found) = document.statements.get(statement) {
        let lists = [List::Principals, List::Actions, List::Resources];
        for all in lists.iter().map(|list| list.targets(found, statement)) {
            if all.iter().any(|target| entries.contains(target)) {
                gone.extend(all.into_iter().filter(|target| !entries.contains(target)));
            }
        }
    }
    without(document, &gone)
}

/// The document without whatever allows: it only limits. `None` if nothing is left.
pub(crate) fn denies(document: &Document) -> Option<Document> {
    without(document, &allowing(document).map(Target::Statement).collect())
}

/// The guilty parts by statement; no entries means the whole statement.
pub(crate) fn by_statement(parts: &BTreeSet<Target>) -> BTreeMap<usize, Vec<Target>> {
    let mut grouped: BTreeMap<usize, Vec<Target>> = BTreeMap::new();
    for &part in parts {
        let entries = grouped.entry(part.statement()).or_default();
        if !matches!(part, Target::Statement(_)) {
            entries.push(part);
        }
    }
    grouped
}

/// The indices of the statements that allow, or may.
pub(crate) fn allowing(document: &Document) -> impl Iterator<Item = usize> {
    (0..).zip(&document.statements).filter(|(_, statement)| may_allow(statement)).map(|(index, _)| index)
}

/// An `Allow`, or a statement that may be one.
pub(crate) fn may_allow(statement: &Statement) -> bool {
    match statement.effect {
        Effect::Allow | Effect::Unreadable => true,
        Effect::Deny => false,
    }
}

/// The search for the parts that can be kept: all others are cut.
struct Search<'a> {
    document: &'a Document,
    lists: &'a [List],
    is_unsafe: &'a dyn Fn(&Document) -> bool,
    cut: BTreeSet<Target>,
    asked: usize,
}

impl Search<'_> {
    fn put_back_statements(&mut self, statements: &[Target]) {
        self.cut.extend(statements);
        let alone = self.unsafe_alone(statements);
        let others: Vec<Target> = statements.iter().filter(|part| !alone.contains(part)).copied().collect();
        self.put_back(&others);
        for statement in statements.iter().filter(|part| alone.contains(part)) {
            self.put_back_entries(statement.statement());
        }
    }

    /// Those of the parts, all of which are cut, that are unsafe by themselves.
    fn unsafe_alone(&mut self, parts: &[Target]) -> BTreeSet<Target> {
        let before = std::mem::take(&mut self.cut);
        // Nothing but these parts is to be there.
        let mut cut: BTreeSet<Target> = allowing(self.document).map(Target::Statement).collect();
        if let Some(part) = parts.first() {
            cut.remove(&Target::Statement(part.statement()));
        }
        cut.extend(parts);
        self.cut = cut;
        let (mut alone, mut open) = (BTreeSet::new(), vec![parts]);
        while let Some(parts) = open.pop() {
            if parts.is_empty() || !self.is_unsafe_with(parts) {
                continue;
            }
            if let [part] = parts {
                alone.insert(*part);
            } else {
                let (first, second) = parts.split_at(parts.len() / 2);
                open.extend([second, first]);
            }
        }
        self.cut = before;
        alone
    }

    /// Puts these parts back as far as that is safe. Half by half, so that the depth is a logarithm.
    fn put_back(&mut self, parts: &[Target]) {
        if parts.is_empty() || !self.is_unsafe_with(parts) {
            for part in parts {
                self.cut.remove(part);
            }
            return;
        }
        match *parts {
            [Target::Statement(statement)] => self.put_back_entries(statement),
            [_] => {}
            _ => {
                let (first, second) = parts.split_at(parts.len() / 2);
                self.put_back(first);
                self.put_back(second);
            }
        }
    }

    /// The statement is guilty as a whole. Perhaps some entries of one of its lists are not.
    fn put_back_entries(&mut self, statement: usize) {
        let Some(found) = self.document.statements.get(statement) else { return };
        for list in self.lists {
            let entries = list.targets(found, statement);
            if entries.len() < 2 {
                continue;
            }
            self.cut.remove(&Target::Statement(statement));
            self.cut.extend(&entries);
            let alone = self.unsafe_alone(&entries);
            let others: Vec<Target> = entries.iter().filter(|part| !alone.contains(part)).copied().collect();
            self.put_back(&others);
            if entries.iter().any(|entry| !self.cut.contains(entry)) {
                return;
            }
            for entry in &entries {
                self.cut.remove(entry);
            }
            self.cut.insert(Target::Statement(statement));
        }
    }

    /// Is the document unsafe with these parts, which are cut, put back?
    fn is_unsafe_with(&mut self, parts: &[Target]) -> bool {
        for part in parts {
            self.cut.remove(part);
        }
        let is_unsafe = self.is_unsafe();
        self.cut.extend(parts);
        is_unsafe
    }

    fn is_unsafe(&mut self) -> bool {
        if self.asked >= MAX_QUESTIONS {
            return true;
        }
        self.asked += 1;
        let cut: Vec<Target> = self.cut.iter().copied().collect();
        match edit::remove(self.document, &cut) {
            Ok(None) => false,
            Ok(Some(rest)) => Document::read(rest).map_or(true, |rest| (self.is_unsafe)(&rest)),
            Err(_) => true,
        }
    }
}

/// The parts that cannot be put back one after the other; of parts that are unsafe together, the later ones.
pub(crate) fn guilty_among<T: Clone>(parts: &[T], is_unsafe: &mut dyn FnMut(&[T]) -> bool) -> Vec<T> {
    let (mut kept, mut guilty, mut asked) = (Vec::new(), Vec::new(), 0);
    let mut open = vec![parts];
    while let Some(parts) = open.pop() {
        if parts.is_empty() {
            continue;
        }
        let before = kept.len();
        kept.extend_from_slice(parts);
        asked += 1;
        if asked <= MAX_QUESTIONS && !is_unsafe(&kept) {
            continue;
        }
        kept.truncate(before);
        if parts.len() == 1 || asked > MAX_QUESTIONS {
            guilty.extend_from_slice(parts);
        } else {
            let (first, second) = parts.split_at(parts.len() / 2);
            open.extend([second, first]);
        }
    }
    guilty
}

/// A smallest set of these parts that is still unsafe, the rest being absent; all of them if none is smaller.
/// Half by half (Junker, "QuickXplain", 2004).
pub(crate) fn together<T: Clone>(parts: &[T], is_unsafe: &mut dyn FnMut(&[T]) -> bool) -> Vec<T> {
    narrowed_down(&[], false, parts, is_unsafe)
}

fn narrowed_down<T: Clone>(
    given: &[T],
    is_new: bool,
    parts: &[T],
    is_unsafe: &mut dyn FnMut(&[T]) -> bool,
) -> Vec<T> {
    if is_new && is_unsafe(given) {
        return Vec::new();
    }
    if parts.len() < 2 {
        return parts.to_vec();
    }
    let (first, second) = parts.split_at(parts.len() / 2);
    let of_second = narrowed_down(&[given, first].concat(), true, second, is_unsafe);
    let of_first =
        narrowed_down(&[given, of_second.as_slice()].concat(), !of_second.is_empty(), first, is_unsafe);
    [of_first, of_second].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A document of one statement per group, one action per letter; lower case is safe.
    fn document(groups: &[&str]) -> Document {
        let statements: Vec<String> = groups
            .iter()
            .map(|group| {
                let actions: Vec<String> = group.chars().map(|letter| format!("\"s3:{letter}\"")).collect();
                format!(
                    r#"{{"Effect":"Allow","Action":[{}],"Resource":["*","arn:aws:s3:::b"]}}"#,
                    actions.join(",")
                )
            })
            .collect();
        Document::read(format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(",")))
            .unwrap()
    }

    fn letters(document: &Document) -> String {
        document
            .statements
            .iter()
            .flat_map(|statement| statement.action.entries())
            .map(|action| action.glob.as_str().trim_start_matches("s3:").to_owned())
            .collect()
    }

    #[test]
    fn each_guilty_entry_goes_and_no_other() {
        for groups in [&["a"][..], &["A"], &["aB", "c"], &["A", "b", "C", "d"], &["abcdEfgHij", "K", "lm"]] {
            let document = document(groups);
            let is_unsafe = |part: &Document| letters(part).chars().any(|letter| letter.is_uppercase());
            let rest = without(&document, &guilty(&document, OF_PERMISSIONS, &is_unsafe));
            let kept: String = letters(&document).chars().filter(char::is_ascii_lowercase).collect();
            assert_eq!(rest.map_or_else(String::new, |rest| letters(&rest)), kept, "{groups:?}");
        }
    }

    #[test]
    fn of_parts_that_are_unsafe_together_the_later_goes() {
        let document = document(&["ax", "b", "yc"]);
        let is_unsafe = |part: &Document| letters(part).contains('x') && letters(part).contains('y');
        let rest = without(&document, &guilty(&document, OF_PERMISSIONS, &is_unsafe)).unwrap();
        assert_eq!(letters(&rest), "axbc");
        let pair = together(&['a', 'x', 'b', 'y', 'c'], &mut |given: &[char]| {
            given.contains(&'x') && given.contains(&'y')
        });
        assert_eq!(pair, ['x', 'y']);
    }

    #[test]
    fn a_resource_can_be_guilty_alone() {
        let document = document(&["a"]);
        let is_unsafe = |part: &Document| {
            let mut entries = part.statements.iter().filter_map(|statement| statement.resource.as_ref());
            entries.any(|resource| resource.entries().iter().any(|entry| entry.glob.as_str() == "*"))
        };
        let rest = without(&document, &guilty(&document, OF_PERMISSIONS, &is_unsafe)).unwrap();
        assert_eq!(rest.text, document.text.replace(r#""*","#, ""));
    }

    /// More entries than IAM stores in a document, every other one guilty.
    #[test]
    fn none_of_a_thousand_innocent_entries_is_cut_for_want_of_questions() {
        let (many, half) = ("aA".repeat(1_000), "aA".repeat(500));
        for groups in [&[many.as_str()][..], &[&half, &half]] {
            let document = document(groups);
            let asked = std::cell::Cell::new(0);
            let is_unsafe = |part: &Document| {
                asked.set(asked.get() + 1);
                letters(part).contains('A')
            };
            let rest = without(&document, &guilty(&document, OF_PERMISSIONS, &is_unsafe)).unwrap();
            assert_eq!(letters(&rest), "a".repeat(1_000));
            assert!(asked.get() < MAX_QUESTIONS, "{}", asked.get());
        }
    }

    #[test]
    fn entries_that_are_safe_alone_are_cut_only_as_far_as_they_are_unsafe_together() {
        let document = document(&[&"ax".repeat(200), &"by".repeat(200)]);
        let is_unsafe = |part: &Document| letters(part).contains('x') && letters(part).contains('y');
        let rest = without(&document, &guilty(&document, OF_PERMISSIONS, &is_unsafe)).unwrap();
        assert_eq!(letters(&rest), "ax".repeat(200) + &"b".repeat(200));
    }

    #[test]
    fn a_hostile_document_costs_no_more_than_the_limit() {
        let many: String = std::iter::repeat_n('A', 9_000).collect();
        let document = document(&[&many]);
        let asked = std::cell::Cell::new(0);
        let is_unsafe = |_: &Document| {
            asked.set(asked.get() + 1);
            true
        };
        guilty(&document, OF_PERMISSIONS, &is_unsafe);
        assert!(asked.get() <= MAX_QUESTIONS, "{}", asked.get());
    }
}
