//! `vouchsafe key-policy simulate`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::str::FromStr;

use serde_json::{Value, json};
use vouchsafe_common::attestation::Pcr;
use vouchsafe_common::key_policy::action::key_action;
use vouchsafe_common::key_policy::document::{Effect, Statement};
use vouchsafe_common::key_policy::{Context, Decision, Mismatch, Policy, Request, account_of};

use super::{Exit, Failure, Output, read_policy, read_releases};

#[derive(clap::Args)]
#[command(after_help = "\
Only the key policy is asked. A principal of another account needs a permission of its own account
too, and an endpoint or an organisation can forbid what this permits.

Examples:
  vouchsafe key-policy simulate policy.json --action kms:Decrypt \\
      --principal arn:aws:iam::111111111111:role/vouchsafe-parent \\
      --measurements measurements.json --context vouchsafe=1 --context tenant=acme \\
      --context dataset=customers --context epoch=1
  vouchsafe key-policy simulate policy.json --action kms:PutKeyPolicy --mfa \\
      --principal arn:aws:iam::222222222222:role/break-glass")]
pub(in crate::cli) struct Args {
    /// The policy, JSON.
    policy: PathBuf,
    /// Who asks: the ARN of a role, a user or an account's root user. Of a session, its role's.
    #[arg(long, value_name = "ARN")]
    principal: Caller,
    /// For what: kms:Decrypt, kms:GenerateDataKey, …
    #[arg(long)]
    action: Action,
    /// For which key. Needed only where the policy names keys.
    #[arg(long, value_name = "ARN")]
    key: Option<String>,
    /// Attested by an enclave that measures so.
    #[arg(long, value_name = "FILE")]
    measurements: Option<PathBuf>,
    /// One attested register, such as 0=ab…; may be repeated, and wins over the measurements.
    #[arg(long, value_name = "INDEX=HEX")]
    pcr: Vec<Pair<u8, Pcr>>,
    /// One name of the encryption context; may be repeated.
    #[arg(long, value_name = "NAME=VALUE")]
    context: Vec<Pair<String, String>>,
    /// One tag of the principal; may be repeated.
    #[arg(long, value_name = "NAME=VALUE")]
    tag: Vec<Pair<String, String>>,
    /// The principal has shown a second factor.
    #[arg(long)]
    mfa: bool,
    /// The VPC endpoint that the call comes through.
    #[arg(long, value_name = "ID")]
    vpc_endpoint: Option<String>,
}

/// Somebody who can ask, and the account of theirs.
#[derive(Clone)]
struct Caller {
    arn: String,
    account: String,
}

impl FromStr for Caller {
    type Err = &'static str;

    fn from_str(arn: &str) -> Result<Self, Self::Err> {
        let account = account_of(arn).ok_or("expected arn:aws:iam::ACCOUNT:role/NAME")?;
        Ok(Self {
            arn: arn.to_owned(),
            account: account.to_owned(),
        })
    }
}

/// One of the actions that concern a key: any other, misspelt too, is allowed to nobody.
#[derive(Clone, Copy)]
struct Action(&'static str);

impl FromStr for Action {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let action = key_action(name).ok_or("no action of KMS that concerns a key")?;
        Ok(Self(action))
    }
}

/// `NAME=VALUE` on the command line.
#[derive(Clone)]
struct Pair<K, V>(K, V);

impl<K: FromStr, V: FromStr> FromStr for Pair<K, V> {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
        let name = name.parse().map_err(|_| "not a possible name")?;
        Ok(Self(
            name,
            value.parse().map_err(|_| "not a possible value")?,
        ))
    }
}

pub(super) fn run(args: &Args, output: Output) -> Result<Exit, Failure> {
    let policy = read_policy(&args.policy)?;
    let mut statements = policy.statements().iter();
    if args.key.is_none() && !statements.all(Statement::is_for_every_key) {
        return Err(Failure::Missing { name: "key" });
    }
    let context = context(args)?;
    let request = Request {
        principal: &args.principal.arn,
        account: &args.principal.account,
        action: args.action.0,
        resource: args.key.as_deref().unwrap_or_default(),
        context: &context,
    };
    let decision = policy.decide(&request);
    let statements: Vec<Row> = policy
        .statements()
        .iter()
        .zip(1..)
        .map(|(statement, number)| Row::new(number, statement, &request))
        .collect();
    let result = json!({
        "decision": code(decision),
        "statements": statements.iter().map(Row::as_json).collect::<Vec<_>>(),
    });
    output.result(&result, &as_text(decision, &policy, &statements))?;
    Ok(match decision {
        Decision::Allow => Exit::Done,
        Decision::ExplicitDeny | Decision::AllowAccount | Decision::NotAllowed => Exit::Refused,
    })
}

fn context(args: &Args) -> Result<Context, Failure> {
    let mut context = Context::default();
    let mut registers = BTreeMap::new();
    for release in read_releases(args.measurements.as_slice())? {
        registers.extend(release.pcrs().iter().map(|(pcr, value)| (*pcr, *value)));
    }
    registers.extend(args.pcr.iter().map(|Pair(pcr, value)| (*pcr, *value)));
    for (pcr, value) in registers {
        context.insert_register(pcr, value.to_string());
    }
    for Pair(name, value) in once_each(&args.context, "name in --context")? {
        context.insert(&format!("kms:EncryptionContext:{name}"), value);
        context.insert("kms:EncryptionContextKeys", name);
    }
    for Pair(name, value) in once_each(&args.tag, "name in --tag")? {
        context.insert(&format!("aws:PrincipalTag/{name}"), value);
    }
    let Caller { arn, account } = &args.principal;
    context.insert("aws:PrincipalArn", arn);
    context.insert("aws:PrincipalAccount", account);
    context.insert("kms:CallerAccount", account);
    context.insert("aws:SecureTransport", "true");
    if let Some(region) = args.key.as_deref().and_then(|key| key.split(':').nth(3)) {
        context.insert("aws:RequestedRegion", region);
    }
    // The credentials of a role are temporary, and say of a second factor that there was none.
    if args.mfa || arn.contains(":role/") {
        context.insert("aws:MultiFactorAuthPresent", args.mfa.to_string());
    }
    if let Some(endpoint) = &args.vpc_endpoint {
        context.insert("aws:SourceVpce", endpoint);
    }
    Ok(context)
}

/// The pairs, when no two of them differ in the case of their names alone.
fn once_each<'a>(
    pairs: &'a [Pair<String, String>],
    name: &'static str,
) -> Result<&'a [Pair<String, String>], Failure> {
    let mut seen = BTreeSet::new();
    if pairs
        .iter()
        .all(|Pair(name, _)| seen.insert(name.to_lowercase()))
    {
        Ok(pairs)
    } else {
        Err(Failure::Value {
            name,
            expected: "each once, whatever its case",
        })
    }
}

const fn code(decision: Decision) -> &'static str {
    match decision {
        Decision::ExplicitDeny => "denied",
        Decision::Allow => "allowed",
        Decision::AllowAccount => "account_decides",
        Decision::NotAllowed => "not_allowed",
    }
}

/// What became of one statement.
struct Row<'p> {
    number: usize,
    sid: Option<&'p str>,
    effect: Effect,
    /// Why it does not apply, in words; `None` when it does.
    because: Option<String>,
}

impl<'p> Row<'p> {
    fn new(number: usize, statement: &'p Statement, request: &Request<'_>) -> Self {
        let because = match statement.applies(request) {
            Ok(_) => None,
            Err(Mismatch::Principal) => Some("names other principals".to_owned()),
            Err(Mismatch::Action) => Some("names other actions".to_owned()),
            Err(Mismatch::Resource) => Some("names other keys".to_owned()),
            Err(Mismatch::Condition(index)) => {
                let (operator, key) = statement.conditions()[index].written();
                Some(format!("{operator} {key} does not hold"))
            }
        };
        Self {
            number,
            sid: statement.sid(),
            effect: statement.effect(),
            because,
        }
    }

    fn as_json(&self) -> Value {
        json!({
            "statement": self.number,
            "sid": self.sid,
            "effect": format!("{:?}", self.effect),
            "applies": self.because.is_none(),
            "because": self.because,
        })
    }
}

fn as_text(decision: Decision, policy: &Policy, rows: &[Row<'_>]) -> String {
    let verdict = match decision {
        Decision::ExplicitDeny => "denied",
        Decision::Allow => "allowed by the key policy",
        Decision::AllowAccount => "left to the IAM policies of the principal's account",
        Decision::NotAllowed => "not allowed: no Allow statement applies",
    };
    let width = policy.statements().iter().filter_map(Statement::sid);
    let width = width.map(str::len).max().unwrap_or_default();
    let lines = rows.iter().map(|row| {
        let (sid, effect) = (row.sid.unwrap_or_default(), format!("{:?}", row.effect));
        let because = row.because.as_deref().unwrap_or("applies");
        format!("{:3} {effect:5} {sid:width$}  {because}", row.number)
    });
    let lines = std::iter::once(verdict.to_owned()).chain(lines);
    lines.collect::<Vec<_>>().join("\n")
}
