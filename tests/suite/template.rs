//! `template.yaml` against the code: every function may do exactly what its ports can do, and no more.

use std::collections::BTreeSet;

use aws::authority;
use remediation::Function;
use remediation::decode::{Decoded, decode_text};
use remediation::trigger::Target;
use serde_json::Value;

const FUNCTIONS: [Function; 8] = Function::ALL;

#[test]
fn the_checked_in_template_is_what_the_rows_of_the_functions_render() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../functions/template.py");
    let check = std::process::Command::new("python3").args([script, "--check"]).output().unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stdout));
}

#[test]
fn every_function_is_granted_exactly_the_iam_actions_of_its_ports() {
    let template = template();
    for function in FUNCTIONS {
        let granted = actions(&template, function, "iam:");
        let needed: BTreeSet<_> = authority::actions(function).into_iter().map(str::to_owned).collect();
        assert_eq!(granted, needed, "{function}");
    }
}

#[test]
fn only_put_role_policy_writes_inline_policies() {
    let template = template();
    let writers: Vec<_> = FUNCTIONS
        .into_iter()
        .filter(|function| actions(&template, *function, "iam:").contains("iam:PutRolePolicy"))
        .collect();
    assert_eq!(writers, [Function::PutRolePolicy]);
}

#[test]
fn where_inline_policies_are_deleted_no_function_can_write_one() {
    let template = template();
    for function in FUNCTIONS {
        let written = statements(&template, function)
            .filter(|statement| strings(&statement["Action"]).contains(&"iam:PutRolePolicy".to_owned()));
        for statement in written {
            assert_eq!(statement["OnlyIf"], "InlineRewrites", "{function}");
        }
    }
    assert_eq!(template["Conditions"]["InlineRewrites"], serde_json::json!(["InlineRepair", "rewrite"]));
    let variables = &template["Globals"]["Function"]["Environment"]["Variables"];
    assert_eq!(variables["RESCIND_INLINE_REPAIR"], "InlineRepair");
}

#[test]
fn policies_are_attached_only_if_they_are_rescinds_own() {
    let template = template();
    for function in FUNCTIONS {
        let attaching = statements(&template, function)
            .filter(|statement| strings(&statement["Action"]).contains(&"iam:AttachRolePolicy".to_owned()));
        for statement in attaching {
            let only = &statement["Condition"]["ArnEquals"]["iam:PolicyARN"];
            assert!(only.as_str().unwrap().ends_with(":policy/${LockdownPolicy}"), "{function}");
            assert_eq!(statement["OnlyIf"], "HasLockdown", "{function}");
        }
    }
}

#[test]
fn only_one_function_sets_any_boundary_and_another_only_the_lockdown() {
    let template = template();
    let action = "iam:PutRolePermissionsBoundary".to_owned();
    for function in FUNCTIONS {
        for statement in statements(&template, function) {
            let is_any = strings(&statement["Action"]).contains(&action) && statement["OnlyIf"].is_null();
            assert!(!is_any || function == Function::ChangePermissionsBoundary, "{function}");
        }
    }
    let bound = statements(&template, Function::CreateRole)
        .find(|statement| strings(&statement["Action"]).contains(&action))
        .unwrap();
    let only = &bound["Condition"]["StringEquals"]["iam:PermissionsBoundary"];
    assert!(only.as_str().unwrap().ends_with(":policy/${LockdownPolicy}-boundary"));
    assert_eq!(bound["OnlyIf"], "HasLockdown");
}

#[test]
fn no_function_can_take_a_boundary_away_or_delete_a_role_or_a_version() {
    let template = template();
    for function in FUNCTIONS {
        for action in actions(&template, function, "iam:Delete") {
            assert_eq!((function, action.as_str()), (Function::PutRolePolicy, "iam:DeleteRolePolicy"));
        }
    }
}

#[test]
fn messages_go_to_the_queues_of_hand_over_and_nowhere_else() {
    let template = template();
    for function in FUNCTIONS {
        let queues: BTreeSet<_> = statements(&template, function)
            .filter(|statement| strings(&statement["Action"]).contains(&"sqs:SendMessage".to_owned()))
            .flat_map(|statement| strings(&statement["Resource"]))
            .collect();
        let expected: BTreeSet<_> =
            authority::hands_over_to(function).iter().map(|to| format!("{}Queue.Arn", camel(*to))).collect();
        assert_eq!(queues, expected, "{function}");
        for to in authority::hands_over_to(function) {
            let variable = format!("RESCIND_QUEUE_{}", to.name().replace('-', "_").to_uppercase());
            let variables = &resource(&template, function, "Function")["Environment"]["Variables"];
            assert_eq!(variables[&variable], format!("{}Queue", camel(*to)), "{function}");
        }
    }
}

#[test]
fn the_sweep_begins_by_the_clock() {
    let template = template();
    let schedule = &template["Resources"]["SweepSchedule"]["Properties"];
    assert_eq!(schedule["ScheduleExpression"], "rate(${SweepMinutes} minutes)");
    let [target] = &schedule["Targets"].as_array().unwrap()[..] else { panic!("one target") };
    assert_eq!(target["Arn"], "SweepQueue.Arn");
    let message = target["Input"].as_str().unwrap();
    let Decoded::Trigger(trigger) = decode_text(message, Function::Sweep, "111122223333") else {
        panic!("the message of the schedule is not understood")
    };
    assert_eq!(trigger.target, Target::Sweep(None));
    let policy = &resource(&template, Function::Sweep, "QueuePolicy")["PolicyDocument"]["Statement"][0];
    assert_eq!(
        strings(&policy["Condition"]["ArnEquals"]["aws:SourceArn"]),
        ["SweepRule.Arn", "SweepSchedule.Arn"]
    );
}

/// Lambda stops a function after 16 times that it has called itself through a queue, unless it is told not to.
#[test]
fn only_functions_with_much_to_do_write_to_their_own_queue_and_lambda_lets_them() {
    let template = template();
    for function in FUNCTIONS {
        let goes_on = authority::hands_over_to(function).contains(&function);
        assert_eq!(
            goes_on,
            [Function::ChangePolicyVersion, Function::Sweep].contains(&function),
            "{function}"
        );
        let properties = resource(&template, function, "Function");
        assert_eq!(properties["RecursiveLoop"] == "Allow", goes_on, "{function}");
    }
}

#[test]
fn only_the_sweep_looks_at_trail_rules_and_queues() {
    let template = template();
    for function in FUNCTIONS {
        let granted: BTreeSet<_> = statements(&template, function)
            .filter(|statement| statement["Sid"].as_str().is_some_and(|sid| sid.starts_with("Watch")))
            .flat_map(|statement| strings(&statement["Action"]))
            .collect();
        let needed: BTreeSet<_> =
            authority::watches_with(function).iter().map(|action| (*action).to_owned()).collect();
        assert_eq!(granted, needed, "{function}");
        let looks = ["cloudtrail:", "events:Describe", "events:List"];
        let more = actions(&template, function, "").into_iter().filter(|action| {
            looks.iter().any(|prefix| action.starts_with(prefix)) && !granted.contains(action)
        });
        assert_eq!(more.count(), 0, "{function}");
    }
    let variables = &resource(&template, Function::Sweep, "Function")["Environment"]["Variables"];
    let watched: Vec<_> = variables["RESCIND_WATCHED"].as_str().unwrap().split_whitespace().collect();
    let expected = FUNCTIONS.map(|one| format!("{one}=${{{0}Rule}}=${{{0}Queue.QueueName}}", camel(one)));
    assert_eq!(watched, expected);
}

#[test]
fn every_rule_has_the_pattern_that_the_sweep_expects() {
    let template = template();
    for function in FUNCTIONS {
        let pattern = &resource(&template, function, "Rule")["EventPattern"];
        assert_eq!(*pattern, function.event_pattern("AWS::AccountId"), "{function}");
    }
}

#[test]
fn every_function_is_denied_the_roles_of_rescind_and_of_aws() {
    let template = template();
    for function in FUNCTIONS {
        let [deny] = &statements(&template, function)
            .filter(|statement| statement["Effect"] == "Deny")
            .collect::<Vec<_>>()[..]
        else {
            panic!("{function} has one Deny")
        };
        assert_eq!(strings(&deny["NotAction"]), ["iam:Get*", "iam:List*"], "all writes");
        let own = FUNCTIONS.map(|own| format!("{}Role.Arn", camel(own)));
        let aws = ["aws-service-role", "aws-reserved"]
            .map(|path| format!("arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/{path}/*"));
        assert_eq!(strings(&deny["Resource"]), [&own[..], &aws[..]].concat(), "{function}");
    }
}

#[test]
fn a_message_stays_hidden_for_six_times_the_functions_time() {
    let template = template();
    let timeout = template["Globals"]["Function"]["Timeout"].as_u64().unwrap();
    for function in FUNCTIONS {
        let hidden = resource(&template, function, "Queue")["VisibilityTimeout"].as_u64().unwrap();
        assert!(hidden >= 6 * timeout, "{function}");
    }
}

#[test]
fn every_function_is_deployed_from_the_zip_that_make_package_builds() {
    let template = template();
    for function in FUNCTIONS {
        let code = &resource(&template, function, "Function")["CodeUri"];
        assert_eq!(code.as_str(), Some(format!("dist/{}.zip", function.name()).as_str()));
    }
}

#[test]
fn a_lockdown_may_deny_nothing_that_a_function_is_granted() {
    let template = template();
    for function in FUNCTIONS {
        for action in actions(&template, function, "") {
            let is_kept = guardrails::NEEDED_BY_RESCIND.contains(&action.as_str());
            assert!(is_kept, "`{action}` of {function} is missing in NEEDED_BY_RESCIND");
        }
    }
}

#[test]
fn the_lockdown_policies_are_made_of_what_make_package_renders() {
    let template = template();
    let forms = [
        ("Lockdown", "LockdownPolicy", "dist/lockdown.json"),
        ("LockdownBoundary", "${LockdownPolicy}-boundary", "dist/lockdown-boundary.json"),
    ];
    for (resource, name, file) in forms {
        let policy = &template["Resources"][resource];
        assert_eq!(policy["Condition"], "HasLockdown", "settings may name no lockdown");
        assert_eq!(policy["Properties"]["ManagedPolicyName"], name);
        let include = &policy["Properties"]["PolicyDocument"]["Fn::Transform"];
        assert_eq!(
            (&include["Name"], &include["Parameters"]["Location"]),
            (&"AWS::Include".into(), &file.into())
        );
    }
}

#[test]
fn only_operators_make_holds() {
    let template = template();
    let keys = |statement: &Value| {
        let of = |operator: &str| strings(&statement["Condition"][operator]["dynamodb:LeadingKeys"]);
        [of("ForAllValues:StringLike"), of("ForAllValues:StringEquals")].concat()
    };
    for function in FUNCTIONS {
        let writing: Vec<_> = statements(&template, function)
            .filter(|statement| {
                let actions = strings(&statement["Action"]);
                actions.iter().any(|action| action.starts_with("dynamodb:") && !reads(action))
            })
            .collect();
        let [write] = &writing[..] else { panic!("{function} writes to the table in one way") };
        assert_eq!(keys(write), ["role#*", "name#*", "account#*", "notice#*"], "{function}");
        assert_eq!(write["Condition"]["Null"]["dynamodb:LeadingKeys"], "false", "{function}");
    }
    let operators = &template["Resources"]["HistoryOperators"]["Properties"]["PolicyDocument"]["Statement"];
    assert_eq!(keys(&operators[1]), ["holds"]);
}

#[test]
fn the_history_outlives_the_stack_and_can_be_restored() {
    let template = template();
    let table = &template["Resources"]["History"];
    assert_eq!([&table["DeletionPolicy"], &table["UpdateReplacePolicy"]], ["Retain", "Retain"]);
    let properties = &table["Properties"];
    assert_eq!(properties["DeletionProtectionEnabled"], true);
    assert_eq!(properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true);
    assert_eq!(properties["SSESpecification"]["SSEType"], "KMS");
    assert_eq!(properties["TimeToLiveSpecification"]["AttributeName"], "expires");
}

fn reads(action: &str) -> bool {
    ["dynamodb:GetItem", "dynamodb:Query"].contains(&action)
}

/// The template, with what it refers to by name in place of the reference.
pub(crate) fn template() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../template.yaml");
    let mut text = std::fs::read_to_string(path).unwrap();
    for tag in ["!Ref ", "!GetAtt ", "!Sub ", "!Join ", "!Not ", "!Equals "] {
        text = text.replace(tag, "");
    }
    serde_saphyr::from_str(&text).unwrap()
}

fn resource<'a>(template: &'a Value, function: Function, kind: &str) -> &'a Value {
    &template["Resources"][format!("{}{kind}", camel(function))]["Properties"]
}

/// The statements of the function's policy. One that hangs on a condition of the template carries its name.
fn statements(template: &Value, function: Function) -> impl Iterator<Item = Value> {
    let policy = &resource(template, function, "Policy")["PolicyDocument"];
    policy["Statement"].as_array().unwrap().iter().map(|statement| match statement.get("Fn::If") {
        None => statement.clone(),
        Some(choice) => {
            assert_eq!(choice[2], "AWS::NoValue");
            let mut statement = choice[1].clone();
            statement["OnlyIf"] = choice[0].clone();
            statement
        }
    })
}

/// The actions that are allowed and begin like this.
fn actions(template: &Value, function: Function, prefix: &str) -> BTreeSet<String> {
    statements(template, function)
        .filter(|statement| statement["Effect"] == "Allow")
        .flat_map(|statement| strings(&statement["Action"]))
        .filter(|action| action.starts_with(prefix))
        .collect()
}

fn strings(value: &Value) -> Vec<String> {
    if let Some(text) = value.as_str() {
        return vec![text.to_owned()];
    }
    value.as_array().into_iter().flatten().map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// `PutRolePolicy`, as the template's resources are called.
fn camel(function: Function) -> String {
    format!("{function:?}")
}
