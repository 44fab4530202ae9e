use clap::Parser;

use super::*;

fn options(arguments: &[&str]) -> ServeOptions {
    let arguments = ["healthbot", "serve"].iter().chain(arguments);
    match Cli::try_parse_from(arguments).expect("parses").action {
        Action::Serve(options) => *options,
        _ => panic!("another action"),
    }
}

#[test]
fn every_mistake_is_named_at_once_and_no_secret_is_shown() {
    let options = options(&[
        "--slack-bot-token=xapp-1-secret",
        "--listen=here",
        "--slack-api-url=slack.com",
        "--operators=ann",
        "--allow-loopback=maybe",
        "--status-page=perhaps",
        "--target-networks=10.0.0.0/99",
        "--https-proxy=user:secret@proxy",
        "--ca-file=/nowhere/ca.pem",
        "--log=healthbot=loudly",
    ]);
    let mistakes = Config::check(&options).expect_err("wrong").to_string();
    for name in [
        "11 mistakes",
        "SLACK_SIGNING_SECRET",
        "SLACK_BOT_TOKEN",
        "SLACK_API_URL",
        "HEALTHBOT_LISTEN",
        "HEALTHBOT_OPERATORS",
        "HEALTHBOT_ALLOW_LOOPBACK",
        "HEALTHBOT_STATUS_PAGE",
        "HEALTHBOT_TARGET_NETWORKS",
        "HTTPS_PROXY",
        "HEALTHBOT_CA_FILE",
        "HEALTHBOT_LOG",
    ] {
        assert!(mistakes.contains(name), "{name} in {mistakes}");
    }
    assert!(!mistakes.contains("secret"));
}

#[test]
fn beyond_this_machine_the_admin_api_has_a_long_token_or_none() {
    let long = "x".repeat(TOKEN_CHARS);
    let check = |listen: &str, admin_listen: &str, token: &str| {
        let mut given = vec![
            "--slack-signing-secret=hush".to_owned(),
            "--slack-bot-token=xoxb-hush".to_owned(),
            format!("--listen={listen}"),
            format!("--admin-token={token}"),
        ];
        if !admin_listen.is_empty() {
            given.push(format!("--admin-listen={admin_listen}"));
        }
        let given: Vec<_> = given.iter().map(String::as_str).collect();
        Config::check(&options(&given)).map_err(|mistakes| mistakes.to_string())
    };
    let (here, everywhere) = ("127.0.0.1:3000", "0.0.0.0:3000");
    for (listen, admin_listen, token) in [
        (here, "", "short"),
        ("[::1]:3000", "", "short"),
        (everywhere, "", ""),
        (everywhere, "", long.as_str()),
        (everywhere, "127.0.0.1:3001", "short"),
    ] {
        assert!(
            check(listen, admin_listen, token).is_ok(),
            "{listen} {admin_listen}"
        );
    }
    for (listen, admin_listen) in [(everywhere, ""), (here, "10.0.0.1:3001"), ("[::]:3000", "")] {
        let mistakes = check(listen, admin_listen, &long[1..]).expect_err("too short");
        assert!(mistakes.contains("HEALTHBOT_ADMIN_TOKEN") && !mistakes.contains("xxx"));
    }
    assert!(check(here, "", "two words").is_err() && check(here, "there", "").is_err());
}

#[test]
fn a_sound_configuration_is_taken_and_hides_its_secrets() {
    let options = options(&[
        "--slack-signing-secret=new-hush, old-hush",
        "--slack-bot-token=xoxb-hush",
        "--allow-loopback",
        "--target-networks=10.0.0.0/8, 192.168.1.7",
    ]);
    let config = Config::check(&options).expect("sound");
    assert_eq!(
        (config.signing_secrets.len(), config.target_networks.len()),
        (2, 2)
    );
    assert!(config.allow_loopback);
    assert!(!format!("{config:?}").contains("hush"));
}

#[test]
fn socket_mode_needs_no_signing_secret_but_its_own_token() {
    let given = [
        "--slack-bot-token=xoxb-hush",
        "--slack-app-token=xapp-1-hush",
    ];
    let config = Config::check(&options(&given)).expect("sound");
    assert!(config.signing_secrets.is_empty() && config.app_token.is_some());
    assert!(!format!("{config:?}").contains("hush"));
    for token in ["xoxb-hush", "xapp-two words", "hush"] {
        let given = [
            "--slack-bot-token=xoxb-1",
            &format!("--slack-app-token={token}"),
        ];
        let mistakes = Config::check(&options(&given))
            .expect_err("wrong")
            .to_string();
        assert!(mistakes.contains("1 mistake:") && mistakes.contains("SLACK_APP_TOKEN is no"));
        assert!(!mistakes.contains("hush") && !mistakes.contains("words"));
    }
    let mistakes = Config::check(&options(&["--slack-app-token="])).expect_err("wrong");
    assert!(mistakes.to_string().contains("2 mistakes"), "{mistakes}");
}
