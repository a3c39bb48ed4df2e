//! What the keys of a request mean to the question asked. The same engine answers all questions;
//! only the world differs.

use super::{
    space::{Kind, Name, Texts, Value},
    words::{Class, Pattern, Token},
};
use crate::{
    ConditionKey, Request,
    keys::rules::{self, CallerKind, Fact, Form, Sent},
};

/// Who asks, in which circumstances.
pub(crate) trait World {
    /// What `key` means here.
    fn key(&self, key: &ConditionKey) -> Meaning;

    /// Fills in what the request owes to dimensions of this world, and to its constants.
    fn complete(&self, request: &mut Request, value: &dyn Fn(&Name) -> Option<Value>) {
        let _ = (request, value);
    }

    /// Whether each request of a joint question has its own value of `key`; otherwise the caller or
    /// his session has one.
    fn belongs_to_one_request(&self, key: &ConditionKey) -> bool {
        let _ = key;
        false
    }

    /// Values worth trying for a policy variable over `key`.
    fn samples(&self, key: &ConditionKey) -> Vec<String> {
        let _ = key;
        ["alice", "x7"].map(str::to_owned).to_vec()
    }
}

/// What a condition key means in a world.
#[derive(Clone)]
pub(crate) enum Meaning {
    /// Always this value, or always missing.
    Constant(Value),
    /// A dimension of its own.
    Free {
        /// Whether requests may come without it.
        may_miss: bool,
        /// Whether it is multivalued; absent, if a set operator is used on it.
        several: Option<bool>,
        /// The values it can have.
        texts: Texts,
    },
    /// A function of another dimension.
    Part(Part),
}

impl Meaning {
    pub(crate) const ABSENT: Self = Self::Constant(Value::Missing);

    pub(crate) fn is(text: impl Into<String>) -> Self {
        Self::Constant(Value::One(text.into()))
    }

    /// What is documented of the key for this kind of caller. `told` says what follows from who calls and what is
    /// called, as far as that is known.
    pub(crate) fn documented(
        key: &ConditionKey,
        caller: CallerKind,
        told: impl Fn(Fact) -> Option<Self>,
    ) -> Self {
        let rules::Documented { sent, form, several } = rules::documented(key, caller);
        let may_miss = match sent {
            Sent::Never => return Self::ABSENT,
            Sent::Sometimes => true,
            Sent::Always => false,
        };
        if let Form::Fixed(text) = form {
            return Self::is(text);
        }
        if let Form::Fact(fact) = form
            && let Some(meaning) = told(fact)
        {
            return meaning;
        }
        let texts = texts(form);
        Self::Free { may_miss, several, texts }
    }
}

/// The texts of a form.
pub(crate) fn texts(form: Form) -> Texts {
    match form {
        Form::Fact(fact) => of_others(fact),
        Form::Text | Form::Fixed(_) | Form::SubjectOfRepository => Texts::Any,
        Form::Boolean => Texts::of_booleans(),
        Form::Number => Texts::Typed(Kind::Number),
        Form::Date => Texts::Typed(Kind::Date),
        Form::Address => Texts::Typed(Kind::Address),
        Form::Seconds => Texts::Of(Pattern::union([[Token::One(Class::DIGIT), Token::Many(Class::DIGIT)]])),
        Form::Arn => Texts::Of(any_arn()),
        Form::UniqueId => Texts::Of(unique_id()),
    }
}

/// What is left of these facts where they are not known.
fn of_others(fact: Fact) -> Texts {
    match fact {
        Fact::OthersAccount => Texts::Accounts,
        Fact::OthersArn => {
            let letters = Class::CHARACTER.without(Class::DIGIT);
            Texts::Of(Pattern::union([[Token::One(letters), Token::Many(letters)]]))
        }
        Fact::CallersAccount
        | Fact::CallersArn
        | Fact::CallersOrganization
        | Fact::CallersPath
        | Fact::ServicesName
        | Fact::OwnersAccount
        | Fact::OwnersOrganization
        | Fact::OthersId => Texts::Any,
    }
}

/// Wildcards stand behind the names of environments and workflows only.
pub(crate) fn subject_of_repository() -> Pattern {
    let plain = Class::CHARACTER.without(Class::WILDCARD);
    let plain = [Token::One(plain), Token::Many(plain)];
    let behind = |name: &str| {
        let name = name.chars().map(Token::Literal);
        plain.into_iter().chain(name).chain([Token::Many(Class::CHARACTER)]).collect::<Vec<_>>()
    };
    Pattern::union([plain.to_vec(), behind("environment:"), behind("workflow")])
}

/// Six parts, of which the last is not empty.
fn any_arn() -> Pattern {
    let segment = [Token::Many(Class::SEGMENT), Token::Literal(':')];
    let start =
        "arn:".chars().map(Token::Literal).chain(segment).chain(segment).chain(segment).chain(segment);
    Pattern::union([start.chain([Token::One(Class::TEXT), Token::Many(Class::TEXT)]).collect::<Vec<_>>()])
}

/// A user's, a session's, a root user's.
fn unique_id() -> Pattern {
    let user = vec![Token::One(Class::UPPER), Token::Many(Class::UPPER.and(Class::DIGIT))];
    let mut session = user.clone();
    session.extend([Token::Literal(':'), Token::One(Class::VISIBLE), Token::Many(Class::VISIBLE)]);
    Pattern::union([session, user, vec![Token::One(Class::DIGIT); 12]])
}

/// A key whose value is a part of the text of a dimension: `before`, the value, `after`.
#[derive(Clone)]
pub(crate) struct Part {
    pub(crate) dimension: Name,
    pub(crate) before: String,
    /// What the value is made of.
    pub(crate) class: Class,
    pub(crate) after: Vec<Token>,
    /// The value is an account id, which numbers may be compared with.
    pub(crate) is_account: bool,
}
