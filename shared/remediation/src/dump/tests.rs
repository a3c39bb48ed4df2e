use super::*;

const APP: &str = r#"{"RoleName":"app","RoleId":"AROAX2BE4EEWZ2EXD6DF1","Arn":"arn:aws:iam::111122223333:role/app",
  "AssumeRolePolicyDocument": {"Version":  "2012-10-17", "Statement": []},
  "AttachedManagedPolicies": [{"PolicyName":"read","PolicyArn":"arn:aws:iam::111122223333:policy/read"}]}"#;
const READ: &str = r#"{"PolicyName":"read","Arn":"arn:aws:iam::111122223333:policy/read","DefaultVersionId":"v2",
  "PolicyVersionList":[{"VersionId":"v1","Document":{"Statement":"old"}},{"VersionId":"v2","Document":{"Statement":"new"}}]}"#;

fn dump<'a>(texts: &[&'a str]) -> Dump<'a> {
    let mut dump = Dump::default();
    texts.iter().try_for_each(|text| dump.add(text)).unwrap();
    dump
}

fn only_snapshot(dump: &Dump<'_>) -> Snapshot {
    assert_eq!(dump.roles.len(), 1);
    dump.snapshot(dump.roles[0].detail.as_ref().unwrap()).unwrap()
}

#[test]
fn pages_may_follow_each_other_stand_in_a_list_or_in_files() {
    let roles = format!(r#"{{"RoleDetailList":[{APP}],"IsTruncated":true,"Marker":"x"}}"#);
    let policies = format!(r#"{{"Policies":[{READ}],"IsTruncated":false}}"#);
    let one = format!(
        r#"{{"RoleDetailList":[{APP}],"Policies":[{READ}],"UserDetailList":[],"GroupDetailList":[]}}"#
    );
    let list = format!("\n[{roles}, {policies}]");
    let sequence = format!("{roles}\n{policies}\n");
    for texts in [&[one.as_str()][..], &[&list], &[&sequence], &[&roles, &policies], &[&policies, &roles]] {
        let Snapshot { role, missing } = only_snapshot(&dump(texts));
        // An object is kept to the byte.
        assert_eq!(role.trust, r#"{"Version":  "2012-10-17", "Statement": []}"#);
        let attached = &role.permissions.unwrap().attached[0];
        assert_eq!((attached.version.as_str(), attached.text.as_str()), ("v2", r#"{"Statement":"new"}"#));
        assert_eq!(missing, Vec::<String>::new());
    }
}

#[test]
fn documents_may_be_text_url_encoded_or_not() {
    let object = r#"{"Version":  "2012-10-17", "Statement": []}"#;
    for text in [
        r#""%7B%22Version%22%3A%20%20%222012-10-17%22%2C%20%22Statement%22%3A%20%5B%5D%7D""#.to_owned(),
        serde_json::Value::from(object).to_string(),
    ] {
        let page = format!(r#"{{"RoleDetailList":[{}],"Policies":[{READ}]}}"#, APP.replace(object, &text));
        assert_eq!(only_snapshot(&dump(&[&page])).role.trust, object);
    }
}

#[test]
fn one_bad_entry_costs_no_other() {
    let bad = [
        r#"{"RoleName":"bad"}"#.to_owned(),
        "17".to_owned(),
        "null".to_owned(),
        APP.replace(r#""AROAX2BE4EEWZ2EXD6DF1""#, "[]"),
        APP.replace(r#""RoleName":"app","#, r#""RoleName":"app","RoleId":"x","#),
    ];
    for bad in bad {
        let page = format!(r#"{{"RoleDetailList":[{APP},{bad},{APP}],"Policies":[5,{READ}]}}"#);
        let dump = dump(&[&page]);
        let unread: Vec<&Unread> = dump.roles.iter().filter_map(|role| role.detail.as_ref().err()).collect();
        assert_eq!((dump.roles.len(), unread.len(), dump.policies.len()), (3, 1, 1), "{bad}");
        assert_eq!(dump.unread_policies[0].name, "policy 1 of the list");
    }
}

#[test]
fn what_is_unread_is_named() {
    let name = |role: &str| {
        let page = format!(r#"{{"RoleDetailList":[{role}]}}"#);
        dump(&[&page]).roles[0].detail.as_ref().unwrap_err().name.clone()
    };
    assert_eq!(name(r#"{"Arn":"arn:aws:iam::111122223333:role/x"}"#), "arn:aws:iam::111122223333:role/x");
    assert_eq!(name(r#"{"RoleName":"x","Arn":7}"#), "x");
    assert_eq!(name("[]"), "role 1 of the list");
}

#[test]
fn a_policy_without_a_document_is_missing_and_a_trust_policy_without_one_is_an_error() {
    let page = format!(r#"{{"RoleDetailList":[{APP}]}}"#);
    let missing = only_snapshot(&dump(&[&page])).missing;
    assert_eq!(
        missing,
        ["the document of policy `arn:aws:iam::111122223333:policy/read` is not in the dump; \
          `--filter LocalManagedPolicy` brings it"]
    );
    for (document, why) in [
        ("7", "the trust policy: a policy document is an object or text, not `7`"),
        ("null", "the trust policy: a policy document is an object or text, not `null`"),
        (r#""%FF""#, "the trust policy: the URL-encoded policy document is not UTF-8"),
    ] {
        let page = page.replace(r#"{"Version":  "2012-10-17", "Statement": []}"#, document);
        let dump = dump(&[&page]);
        let error = dump.snapshot(dump.roles[0].detail.as_ref().unwrap()).unwrap_err();
        assert_eq!(error.to_string(), why);
    }
}

#[test]
fn what_is_no_dump_is_refused() {
    for text in [
        "",
        "{",
        "{}",
        "[]]",
        "7",
        "[7]",
        r#"{"RoleDetailList":7}"#,
        r#"{"RoleDetailList":[]} x"#,
        "{\"Roles\":[]}",
    ] {
        assert!(Dump::default().add(text).is_err(), "{text}");
    }
}

#[test]
fn a_user_has_the_policies_of_its_groups() {
    let page = r#"{"UserDetailList":[{"UserName":"ann","UserId":"AIDAX","Arn":"arn:aws:iam::111122223333:user/ann",
        "GroupList":["dev"],"UserPolicyList":[{"PolicyName":"p","PolicyDocument":{"a":1}}]},
        {"UserName":"bob","UserId":"AIDAY","Arn":"arn:aws:iam::111122223333:user/bob","GroupList":["gone"]}],
        "GroupDetailList":[{"GroupName":"dev","GroupPolicyList":[{"PolicyName":"g","PolicyDocument":{"b":1}}],
        "AttachedManagedPolicies":[{"PolicyArn":"arn:aws:iam::111122223333:policy/read"}]}]}"#;
    let policies = format!(r#"{{"Policies":[{READ}]}}"#);
    let dump = dump(&[page, &policies]);
    let of = |index: usize| dump.policies_of_user(dump.users[index].detail.as_ref().unwrap());
    assert_eq!(of(0).unwrap().identity, [r#"{"a":1}"#, r#"{"b":1}"#, r#"{"Statement":"new"}"#]);
    assert_eq!(of(1).unwrap_err().to_string(), "group `gone` is not in the dump");
}
