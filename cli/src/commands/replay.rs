//! `rescind replay`: the way of a role change, on an account in memory.

mod authority;
mod messages;
mod story;

use std::collections::BTreeMap;

use anyhow::Context as _;
use guardrails::{Account, AccountId, Mode, Settings};
use remediation::Function;
use remediation::decode::{self, Decoded};
use remediation::embedded::world::{VirtualClock, World};
use remediation::embedded::{Embedded, Stored};
use remediation::history::file::FileHistory;
use remediation::history::log::Entry;
use remediation::history::memory::MemoryHistory;
use remediation::outcome::Outcome;
use remediation::pass::{self, Context, Passed, Patience};
use serde_json::Value;
use time::Duration;

use self::authority::Authority;
use self::messages::Message;
use crate::clock;
use crate::input;
use crate::output::{Format, Out};
use crate::past;
use crate::status::Status;

/// Replay events on an account in memory: what is found, and what is done?
///
/// Nothing is called and nothing is changed anywhere. The account holds what the events tell of, or a dump of
/// `aws iam get-account-authorization-details`. Several events happen one after the other.
///
/// Exit status: 0 nothing to repair; 1 a role is or was unsafe; 2 usage or input error, or an event that is
/// refused; 3 undecided.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// Events as EventBridge delivers them, or `{"role": "name"}`; `-` is standard input
    #[arg(required = true, value_name = "EVENT")]
    files: Vec<String>,
    /// The settings
    #[arg(long, env = "RESCIND_SETTINGS", hide_env_values = true, value_name = "FILE", required = true)]
    settings: String,
    /// The account that the functions work for [default: that of each event]
    #[arg(long, env = "RESCIND_ACCOUNT", hide_env_values = true, value_name = "ID")]
    account: Option<String>,
    /// A dump of the account to start from
    #[arg(long, value_name = "DUMP", conflicts_with = "account")]
    account_dump: Option<String>,
    /// How far to go; of this and the settings the weaker holds
    #[arg(long, value_enum, default_value_t)]
    mode: ModeFlag,
    /// Keep what happens in the history in this folder, and go by what it knows
    #[arg(long, value_name = "DIR")]
    history: Option<String>,
    /// How to print what happened; json prints the record of each pass
    #[arg(long, value_enum, default_value_t)]
    output: Format,
}

const EXAMPLES: &str = "\
Examples:
  rescind event order-worker --kind update-trust --account 111122223333 \\
      | rescind replay - --settings settings.yaml
  aws iam get-account-authorization-details > account.json
  rescind replay event.json --settings settings.yaml --account-dump account.json --mode monitor";

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum ModeFlag {
    /// Find and plan, write nothing
    Monitor,
    /// Repair
    #[default]
    Enforce,
}

/// The account of a dump or of events, with its history.
struct Stage {
    world: World<Authority, MemoryHistory>,
    rules: guardrails::Rules,
    account: String,
}

pub(crate) fn run(args: &Args, out: &mut Out) -> anyhow::Result<Status> {
    let text = input::read(&args.settings)?;
    let settings = Settings::read_with_files(&text.text, &input::beside(&args.settings))
        .with_context(|| format!("`{}`", text.name))?;
    let dump = args.account_dump.as_deref().map(dump).transpose()?;
    let history = args.history.as_deref().map(|folder| past::files(folder, out)).transpose()?;
    let known = history.as_ref().map(FileHistory::entries).unwrap_or_default();
    let mut stages: BTreeMap<String, Stage> = BTreeMap::new();
    let mut status = Status::Yes;
    for file in &args.files {
        for message in messages::read(file)? {
            let place = message.place(args.account.as_deref(), dump.as_ref())?;
            let stage = match stages.remove(&place.account) {
                Some(stage) => stage,
                None => Stage::new(&settings, place, args, dump.clone(), known.clone())?,
            };
            let stage = stages.entry(stage.account.clone()).or_insert(stage);
            status = status.and(stage.play(&message, args.output, out)?);
        }
    }
    for stage in stages.values() {
        for entry in stage.world.history.entries().into_iter().skip(known.len()) {
            history.as_ref().map_or(Ok(()), |history| history.push(entry))?;
        }
    }
    Ok(status)
}

fn dump(file: &str) -> anyhow::Result<Embedded> {
    let text = input::read(file)?;
    Embedded::from_dump(&text.text).with_context(|| format!("`{}`", text.name))
}

/// An account by partition and id.
struct Place {
    partition: String,
    account: String,
}

impl Stage {
    fn new(
        settings: &Settings,
        place: Place,
        args: &Args,
        dump: Option<Embedded>,
        known: Vec<Entry>,
    ) -> anyhow::Result<Self> {
        let account = Account { partition: place.partition.clone(), id: AccountId::parse(&place.account)? };
        let cap = match args.mode {
            ModeFlag::Monitor => Mode::Monitor,
            ModeFlag::Enforce => Mode::Enforce,
        };
        let embedded = dump.unwrap_or_else(|| {
            let embedded = Embedded::new(&place.partition, &place.account);
            embedded.seed(Stored::know_a_part);
            embedded
        });
        let all = |account| Authority::of(Function::Sweep, account);
        // Without a sweep, whoever gets an event that names no role looks at all of them.
        let functions: Vec<Function> =
            Function::ALL.into_iter().filter(|one| *one != Function::Sweep).collect();
        Ok(Self {
            world: World::new(embedded, all, MemoryHistory::of(known), &functions, clock::now()),
            rules: settings.rules(&account, cap)?,
            account: place.account,
        })
    }

    /// Lets the event happen and the function that serves it run, then those it hands the role over to.
    fn play(&mut self, message: &Message, format: Format, out: &mut Out) -> anyhow::Result<Status> {
        let function = message.function();
        if let Some(at) = message.time() {
            // Some moments later, as CloudTrail would have it.
            self.world.clock = VirtualClock::at(at + Duration::seconds(20));
        }
        if let Decoded::Trigger(trigger) = decode::decode(&message.value, function, &self.account) {
            self.world.account.seed_event(&trigger, &message.value);
        }
        let mut told = self.world.queues.sent().len();
        let mut status = self.pass(function, &message.value, message, format, out)?;
        while let Some((to, value)) = self.world.queues.sent().get(told) {
            told += 1;
            // A pass of its own, and so a repair of its own, begins later.
            self.world.clock.advance(std::time::Duration::from_secs(1));
            status = status.and(self.pass(*to, value, message, format, out)?);
        }
        Ok(status)
    }

    fn pass(
        &mut self,
        function: Function,
        value: &Value,
        message: &Message,
        format: Format,
        out: &mut Out,
    ) -> anyhow::Result<Status> {
        self.world.authority = Authority::of(function, self.world.account.clone());
        let context = Context {
            function,
            rules: self.rules.clone(),
            own_roles: Vec::new(),
            patience: Patience::default(),
        };
        let passed = block_on(pass::handle(&self.world, &context, value, None))?;
        let mut status = Status::Yes;
        for Passed { outcome, record, .. } in &passed {
            match format {
                Format::Json => out.document(record)?,
                Format::Text => story::tell(message, record, out)?,
            }
            status = status.and(status_of(outcome));
        }
        Ok(status)
    }
}

fn status_of(outcome: &Outcome) -> Status {
    match outcome {
        Outcome::Compliant
        | Outcome::Gone
        | Outcome::Ignored(_)
        | Outcome::Exempt(_)
        | Outcome::Swept { .. } => Status::Yes,
        Outcome::Repaired(_)
        | Outcome::Unrepaired(_)
        | Outcome::WouldRepair
        | Outcome::HandedOver(_)
        | Outcome::Contested(_)
        | Outcome::Unmodifiable
        | Outcome::Protected(_)
        | Outcome::Held { .. } => Status::No,
        Outcome::Unjudged(_) => Status::Undecided,
        Outcome::Refused(_) => Status::Input,
    }
}

/// The account in memory never makes anyone wait, so one thread without timers is enough.
fn block_on<T>(future: impl Future<Output = T>) -> anyhow::Result<T> {
    Ok(tokio::runtime::Builder::new_current_thread().build()?.block_on(future))
}
