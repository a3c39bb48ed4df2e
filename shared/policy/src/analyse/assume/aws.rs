//! Callers with AWS credentials. Account, ARN and organization are not independent keys: a caller
//! is an ARN and an organization path, and the keys are parts of their texts, so their relations
//! hold by construction.

use super::{
    Origin, Reach, TrustFacts,
    callers::{Kind, Region, not_understood},
    names::Names,
};
use crate::{
    Caller, ConditionKey, Effect, Network, Partition, Principal, PrincipalEntry, Request,
    analyse::{
        answer::Reason,
        compile::{Compiler, Truth, add},
        search::Clause,
        space::{Dimension, Literal, Name, Predicate, Texts, Value, ValueTest},
        words::{Class, Pattern, Token},
        world::{Meaning, Part, World},
    },
    keys::rules::{CallerKind, Fact},
};

/// The callers of one partition.
pub(super) struct AwsCallers<'a> {
    facts: &'a TrustFacts,
    names: Names,
    partition: Partition,
}

/// The partitions to ask about: the role's own, and those that principals name. Callers of another
/// partition have to be named; nobody else of it can reach the role.
pub(super) fn partitions(facts: &TrustFacts, named: &[Partition], any: bool) -> Vec<Partition> {
    let mut all: Vec<Partition> = named.iter().cloned().chain(any.then(|| facts.partition.clone())).collect();
    all.sort();
    all.dedup();
    all
}

impl<'a> AwsCallers<'a> {
    pub(super) const fn new(facts: &'a TrustFacts, names: Names, partition: Partition) -> Self {
        Self { facts, names, partition }
    }

    fn is_own(&self) -> bool {
        self.partition == self.facts.partition
    }

    fn prefix(&self) -> String {
        format!("arn:{}:iam::", self.partition)
    }

    fn account_pattern(&self, accounts: impl IntoIterator<Item = String>) -> Pattern {
        Pattern::union(accounts.into_iter().map(|account| {
            let text = format!("{}{account}:", self.prefix());
            text.chars().map(Token::Literal).chain([Token::Many(Class::TEXT)]).collect::<Vec<_>>()
        }))
    }

    fn in_accounts(
        &self,
        accounts: impl IntoIterator<Item = String>,
        compiler: &mut Compiler<'_>,
    ) -> Literal {
        let pattern = self.account_pattern(accounts);
        let dimension = compiler.space.dimension(Name::Caller, || self.caller_dimension());
        compiler.space.within(dimension, pattern)
    }

    fn own(&self, compiler: &mut Compiler<'_>) -> Literal {
        self.in_accounts(self.is_own().then(|| self.facts.account.to_string()), compiler)
    }

    fn trusted(&self, compiler: &mut Compiler<'_>) -> Literal {
        let accounts = self.facts.trusted_accounts.iter().filter(|_| self.is_own()).map(ToString::to_string);
        self.in_accounts(accounts, compiler)
    }

    fn in_organization(&self, pattern: Pattern, compiler: &mut Compiler<'_>) -> Literal {
        let dimension = compiler.space.dimension(Name::Organization, organization_dimension);
        compiler.space.within(dimension, pattern)
    }

    fn own_organization(&self, compiler: &mut Compiler<'_>) -> Option<Literal> {
        let id = self.facts.org_id.as_ref().filter(|_| self.is_own())?;
        Some(self.in_organization(organizations([id.clone()]), compiler))
    }

    fn caller_dimension(&self) -> Dimension {
        let alternatives = [("role/", true), ("user/", true), ("root", false)].map(|(kind, named)| {
            let mut tokens: Vec<Token> = self.prefix().chars().map(Token::Literal).collect();
            tokens.extend([Token::One(Class::DIGIT); 12]);
            tokens.extend(format!(":{kind}").chars().map(Token::Literal));
            if named {
                // A path may hold anything, and a name comes behind its last slash.
                tokens
                    .extend([Token::Many(Class::VISIBLE), Token::One(Class::VISIBLE.without(Class::SLASH))]);
            }
            tokens
        });
        let mut dimension =
            Dimension::new(false, false, Texts::Of(Pattern::union(alternatives)), Reason::Unconfirmed);
        let accounts = [self.names.stranger(), self.facts.account.to_string()];
        for account in
            accounts.into_iter().chain(self.facts.trusted_accounts.first().map(ToString::to_string))
        {
            dimension.suggest(&format!("{}{account}:role/x", self.prefix()));
        }
        dimension
    }

    fn user_id(&self) -> (ConditionKey, Meaning) {
        let key = ConditionKey::new("aws:userid");
        let meaning = self.key(&key);
        (key, meaning)
    }

    /// The user ids of the entity with this unique id: its own, or one of its sessions'.
    fn has_unique_id(&self, ids: impl IntoIterator<Item = String>, compiler: &mut Compiler<'_>) -> Literal {
        let forms = ids.into_iter().flat_map(|id| {
            let own: Vec<Token> = id.chars().map(Token::Literal).collect();
            let session =
                own.iter().copied().chain([Token::Literal(':'), Token::Many(Class::TEXT)]).collect();
            [own, session]
        });
        let pattern = Pattern::union(forms);
        let (key, meaning) = self.user_id();
        let dimension = compiler.key_dimension(&key, &meaning);
        compiler.space.within(dimension, pattern)
    }

    fn role_sessions(&self, account: &str, role: &str) -> Pattern {
        let direct = format!("{}{account}:role/{role}", self.prefix());
        let mut with_path: Vec<Token> =
            format!("{}{account}:role/", self.prefix()).chars().map(Token::Literal).collect();
        with_path.push(Token::Many(Class::TEXT));
        with_path.extend(format!("/{role}").chars().map(Token::Literal));
        Pattern::union([direct.chars().map(Token::Literal).collect(), with_path])
    }

    fn principal(
        &self,
        principal: &Principal,
        text: &str,
        effect: Effect,
        compiler: &mut Compiler<'_>,
    ) -> Vec<Clause> {
        let certain = effect == Effect::Deny;
        let of_partition = principal.partition().unwrap_or(&self.facts.partition) == &self.partition;
        match principal {
            // Of another partition only who is named can reach the role.
            Principal::Anyone(_) => {
                if self.is_own() || certain {
                    vec![Clause::new()]
                } else {
                    Vec::new()
                }
            }
            _ if !of_partition => Vec::new(),
            Principal::Account { account, .. } => {
                vec![vec![self.in_accounts([account.to_string()], compiler)]]
            }
            Principal::Role { .. } | Principal::User { .. } => {
                let pattern = Pattern::literal(text);
                let dimension = compiler.space.dimension(Name::Caller, || self.caller_dimension());
                vec![vec![compiler.space.within(dimension, pattern)]]
            }
            // A session cannot be told by its keys from the others of its role.
            Principal::Session { account, role, .. } => {
                let pattern = self.role_sessions(&account.to_string(), role);
                let dimension = compiler.space.dimension(Name::Caller, || self.caller_dimension());
                let of_the_role = compiler.space.within(dimension, pattern);
                vec![vec![of_the_role, is_session(text, compiler)]]
            }
            Principal::FederatedUser { account, .. } => {
                let of_the_account = self.in_accounts([account.to_string()], compiler);
                vec![vec![of_the_account, is_session(text, compiler)]]
            }
            Principal::UniqueId(_) if self.facts.document_origin == Origin::Stored => Vec::new(),
            Principal::UniqueId(id) => vec![vec![self.has_unique_id([id.to_string()], compiler)]],
            Principal::Service(_) | Principal::Saml { .. } | Principal::Oidc { .. } => Vec::new(),
            Principal::Canonical(_) | Principal::Unrecognised(_) if certain => Vec::new(),
            Principal::Canonical(_) | Principal::Unrecognised(_) => vec![Clause::new()],
        }
    }

    fn vendor_boxes(&self, compiler: &mut Compiler<'_>) -> Vec<Clause> {
        let key = ConditionKey::new("sts:ExternalId");
        let external_ids =
            Pattern::union(compiler.literals_of(&key).iter().map(|text| text.chars().map(Token::Literal)));
        let mut boxes = Vec::new();
        for vendor in self.facts.vendors.iter().filter(|_| self.is_own()) {
            let account = self.in_accounts([vendor.account.to_string()], compiler);
            let meaning = self.key(&key);
            let sent =
                compiler.literal(&key, &meaning, ValueTest::Words(external_ids.clone()), Predicate::PLAIN);
            let mut clause = vec![account];
            if add(&mut clause, sent).is_some() {
                boxes.push(clause);
            }
        }
        boxes
    }
}

impl World for AwsCallers<'_> {
    fn key(&self, key: &ConditionKey) -> Meaning {
        let part = |dimension, before: String, class, after: Vec<Token>, is_account| {
            Some(Meaning::Part(Part { dimension, before, class, after, is_account }))
        };
        Meaning::documented(key, CallerKind::Principal, |fact| match fact {
            Fact::CallersAccount => {
                let after = vec![Token::Literal(':'), Token::Many(Class::TEXT)];
                part(Name::Caller, self.prefix(), Class::DIGIT, after, true)
            }
            Fact::CallersArn => part(Name::Caller, String::new(), Class::TEXT, Vec::new(), false),
            Fact::CallersOrganization => {
                let after = vec![Token::Literal('/'), Token::Many(Class::TEXT)];
                let id = Class::LOWER.and(Class::DIGIT).and(Class::DASH);
                part(Name::Organization, String::new(), id, after, false)
            }
            Fact::CallersPath => part(Name::Organization, String::new(), Class::TEXT, Vec::new(), false),
            Fact::OwnersAccount
            | Fact::OwnersOrganization
            | Fact::OthersAccount
            | Fact::OthersId
            | Fact::OthersArn
            | Fact::ServicesName => of_the_role(fact, self.facts),
        })
    }

    fn samples(&self, _key: &ConditionKey) -> Vec<String> {
        let organization = self.names.strange_organization();
        let stranger = self.names.stranger();
        let mut all = vec![
            stranger.clone(),
            format!("{}{stranger}:role/x", self.prefix()),
            format!("{organization}/r-ab12/"),
            organization,
        ];
        all.extend([self.facts.account.to_string(), "alice".to_owned()]);
        all.extend(self.facts.org_id.clone());
        all
    }

    fn complete(&self, request: &mut Request, value: &dyn Fn(&Name) -> Option<Value>) {
        if let Some(Value::One(arn)) = value(&Name::Caller) {
            let account = arn.split(':').nth(4).unwrap_or_default().to_owned();
            request.context.set("aws:PrincipalAccount", [account]);
            request.context.set("aws:PrincipalArn", [arn]);
        }
        if let Some(Value::One(path)) = value(&Name::Organization) {
            let id = path.split('/').next().unwrap_or_default().to_owned();
            request.context.set("aws:PrincipalOrgID", [id]);
            request.context.set("aws:PrincipalOrgPaths", [path]);
        }
        request.context.set("aws:PrincipalIsAWSService", ["false"]);
        describe_the_role(request, self.facts);
    }
}

impl Kind for AwsCallers<'_> {
    fn action(&self) -> &'static str {
        "sts:assumerole"
    }

    fn prepare(&self, compiler: &mut Compiler<'_>) {
        compiler.space.dimension(Name::Caller, || self.caller_dimension());
        compiler.space.dimension(Name::Organization, organization_dimension);
    }

    fn named(&self, entry: &PrincipalEntry, effect: Effect, compiler: &mut Compiler<'_>) -> Vec<Clause> {
        let is_understood = !matches!(entry.principal, Principal::Unrecognised(_) | Principal::Canonical(_));
        if is_understood {
            return self.principal(&entry.principal, &entry.text, effect, compiler);
        }
        if effect == Effect::Deny {
            return Vec::new();
        }
        // Under a member that IAM does not know, the text may still be meant as usual.
        let meant = Principal::parse("AWS", &entry.text);
        let mut boxes = self.principal(&meant, &entry.text, effect, compiler);
        let doubt = not_understood(entry, compiler);
        boxes.iter_mut().for_each(|clause| clause.push(doubt));
        boxes
    }

    fn axioms(&self, compiler: &mut Compiler<'_>) -> Vec<Clause> {
        let mut axioms = Vec::new();
        let own = self.own(compiler);
        if let Some(organization) = self.own_organization(compiler) {
            axioms.push(vec![own, organization.not()]);
        }
        let (key, _) = self.user_id();
        let Some(user_id) = compiler.space.find(&Name::Key(None, key)) else { return axioms };
        // The root user's id is his account's.
        let caller = compiler.space.dimension(Name::Caller, || self.caller_dimension());
        let mut root: Vec<Token> = self.prefix().chars().map(Token::Literal).collect();
        root.extend([Token::One(Class::DIGIT); 12]);
        root.extend(":root".chars().map(Token::Literal));
        let is_root = compiler.space.within(caller, Pattern::union([root]));
        let digits = compiler.space.within(user_id, Pattern::union([[Token::One(Class::DIGIT); 12]]));
        axioms.push(vec![digits, is_root.not()]);
        for account in &self.names.accounts {
            let is_its_root = compiler.space.within(user_id, Pattern::literal(account));
            let in_it = self.in_accounts([account.clone()], compiler);
            axioms.push(vec![is_its_root, in_it.not()]);
            axioms.push(vec![digits, in_it, is_its_root.not()]);
        }
        axioms
    }

    fn allowed(&self, compiler: &mut Compiler<'_>) -> Vec<Clause> {
        let mut boxes = vec![vec![self.own(compiler)], vec![self.trusted(compiler)]];
        match &self.facts.trusted_org_paths {
            _ if !self.facts.trust_org || !self.is_own() => {}
            Some(paths) => {
                let own = self.own_organization(compiler);
                let globs = Pattern::union(paths.iter().map(|path| glob(path)));
                let within = self.in_organization(globs, compiler);
                boxes.push([Some(within), own].into_iter().flatten().collect());
            }
            None => boxes.extend(self.own_organization(compiler).map(|own| vec![own])),
        }
        boxes.extend(self.vendor_boxes(compiler));
        boxes.extend(networks(self, self.facts, compiler));
        boxes
    }

    fn named_outsiders(&self, compiler: &mut Compiler<'_>) -> Vec<Clause> {
        let allowed = std::iter::once(&self.facts.account).chain(&self.facts.trusted_accounts);
        let allowed: Vec<String> =
            allowed.chain(self.facts.vendors.iter().map(|v| &v.account)).map(ToString::to_string).collect();
        let outsiders = self.names.accounts.iter().filter(|account| !allowed.contains(account)).cloned();
        vec![vec![self.in_accounts(outsiders, compiler)]]
    }

    fn regions(&self, compiler: &mut Compiler<'_>) -> Vec<(Reach, Region)> {
        let (own, trusted) = (self.own(compiler), self.trusted(compiler));
        let organization = self.own_organization(compiler);
        let vendors = self.vendor_boxes(compiler);
        let mut external = vec![own.not(), trusted.not()];
        external.extend(organization.map(Literal::not));
        let mut regions = Vec::new();
        if self.is_own() {
            let mut stranger = vec![self.in_accounts(self.names.accounts.clone(), compiler).not()];
            stranger
                .push(self.in_organization(organizations(self.names.organizations.clone()), compiler).not());
            if compiler.space.find(&Name::Key(None, self.user_id().0)).is_some() {
                stranger.push(self.has_unique_id(self.names.unique_ids.clone(), compiler).not());
            }
            regions.push((Reach::Public, (stranger, Vec::new())));
        }
        regions.push((Reach::ExternalAccount, (external, vendors.clone())));
        if let Some(organization) = organization {
            regions
                .push((Reach::Organization, (vec![organization, own.not(), trusted.not()], vendors.clone())));
        }
        regions.push((Reach::TrustedAccount, (vec![trusted, own.not()], Vec::new())));
        regions.extend(vendors.into_iter().map(|vendor| (Reach::TrustedAccount, (vendor, Vec::new()))));
        regions.push((Reach::SameAccount, (vec![own], Vec::new())));
        regions
    }

    fn caller(&self, value: &dyn Fn(&Name) -> Option<Value>) -> Option<Caller> {
        match value(&Name::Caller)? {
            Value::One(arn) => Caller::parse(&arn).ok(),
            Value::Missing | Value::Several(_) | Value::Empty { .. } => None,
        }
    }

    fn subject(&self, request: &Request, reach: Reach) -> String {
        let example = match &request.principal {
            Caller::Known(principal) => principal.to_string(),
            Caller::Anonymous => "an anonymous caller".to_owned(),
        };
        match reach {
            Reach::Public => format!("any principal of any account, for example {example},"),
            Reach::ExternalAccount => {
                format!("a principal outside the trusted accounts, for example {example},")
            }
            Reach::Organization => format!("a member of the organization, for example {example},"),
            Reach::None | Reach::Service | Reach::SameAccount | Reach::TrustedAccount | Reach::Federated => {
                example
            }
        }
    }
}

/// The caller is this very session.
fn is_session(arn: &str, compiler: &mut Compiler<'_>) -> Literal {
    compiler.space.atom(format!("the caller is {arn}"), Reason::Unconfirmed)
}

/// What describes the role, whoever calls.
pub(super) fn of_the_role(fact: Fact, facts: &TrustFacts) -> Option<Meaning> {
    match fact {
        Fact::OwnersAccount => Some(Meaning::is(facts.account.to_string())),
        Fact::OwnersOrganization => facts.org_id.clone().map(Meaning::is),
        Fact::CallersAccount
        | Fact::CallersArn
        | Fact::CallersOrganization
        | Fact::CallersPath
        | Fact::OthersAccount
        | Fact::OthersId
        | Fact::OthersArn
        | Fact::ServicesName => None,
    }
}

pub(super) fn describe_the_role(request: &mut Request, facts: &TrustFacts) {
    request.context.set("aws:ResourceAccount", [facts.account.to_string()]);
    if let Some(id) = &facts.org_id {
        request.context.set("aws:ResourceOrgID", [id.clone()]);
    }
}

/// The boxes of requests from trusted networks.
pub(super) fn networks(world: &dyn World, facts: &TrustFacts, compiler: &mut Compiler<'_>) -> Vec<Clause> {
    let mut boxes = Vec::new();
    for network in &facts.trusted_networks {
        let (key, test) = if let Some(range) = Network::parse(network) {
            ("aws:SourceIp", ValueTest::Address(vec![range]))
        } else if network.starts_with("vpce-") {
            ("aws:SourceVpce", ValueTest::Words(Pattern::literal(network)))
        } else {
            ("aws:SourceVpc", ValueTest::Words(Pattern::literal(network)))
        };
        let key = ConditionKey::new(key);
        if let Truth::Is(literal) = compiler.literal(&key, &world.key(&key), test, Predicate::PLAIN) {
            boxes.push(vec![literal]);
        }
    }
    boxes
}

/// The organization paths of a caller: `o-id/r-id/` and organizational units, or none at all.
fn organization_dimension() -> Dimension {
    let id = Class::LOWER.and(Class::DIGIT);
    let mut root: Vec<Token> = "o-".chars().map(Token::Literal).collect();
    root.extend([Token::One(id), Token::Many(id)]);
    root.extend("/r-".chars().map(Token::Literal));
    root.extend([Token::One(id), Token::Many(id), Token::Literal('/')]);
    let mut unit = root.clone();
    unit.extend([Token::Many(id.and(Class::DASH).and(Class::SLASH)), Token::Literal('/')]);
    Dimension::new(true, false, Texts::Of(Pattern::union([root, unit])), Reason::Unconfirmed)
}

fn organizations(ids: impl IntoIterator<Item = String>) -> Pattern {
    Pattern::union(ids.into_iter().map(|id| {
        let text = format!("{id}/");
        text.chars().map(Token::Literal).chain([Token::Many(Class::TEXT)]).collect::<Vec<_>>()
    }))
}

/// The tokens of a glob of the facts.
pub(super) fn glob(text: &str) -> Vec<Token> {
    let token = |c| match c {
        '*' => Token::Many(Class::TEXT),
        '?' => Token::One(Class::CHARACTER),
        c => Token::Literal(c),
    };
    text.chars().map(token).collect()
}
