//! Values that let somebody act as the company, planted everywhere they can be: they come out nowhere.

mod panics;
mod socket;

use std::collections::BTreeMap;

use healthbot::config::{Config, InventoryConfig, Secret};
use healthbot::demo::{Effect, Fault, RESPONSE_URL, State, WEBHOOK, Workspace};
use healthbot::domain::channel::HookUrl;
use healthbot::domain::settings::Settings;
use healthbot::http::api::AdminToken;
use healthbot::slack::hosts::HostRule;
use healthbot::slack::verify::Verifier;
use serde_json::json;
use tokio::net::TcpListener;

use crate::harness::api::Ask;
use crate::harness::knock::Knock;
use crate::harness::process::{
    BOT_TOKEN, OLD_SECRET, Process, SIGNING_SECRET, healthbot, serve, workspace,
};
use crate::harness::transport::APP_TOKEN;

const ADMIN: &str = "planted4admin4token4of4forty4letters4abc";
const INVENTORY: &str = "planted4inventory4token";
const INVENTORY_KEY: &str = "planted4inventory4key";
const PROXY: &str = "planted4proxy4password";
const HOOK: &str = "planted4hook";

/// What every planted value holds, and what else tells one.
const TELLTALES: [&str; 7] = [
    "planted",
    SIGNING_SECRET,
    BOT_TOKEN,
    "/response/",
    "Bearer planted",
    // The demo's addresses of Socket Mode connections end in one.
    "ticket",
    // The start of the proxy's credentials in base64, as they travel.
    "dXNlcjpwbGFudGVk",
];

/// Everything that came out, by where.
#[derive(Default)]
struct Out(BTreeMap<String, String>);

impl Out {
    fn put(&mut self, place: &str, text: impl AsRef<str>) {
        let all = self.0.entry(place.to_owned()).or_default();
        all.push_str(text.as_ref());
        all.push('\n');
    }

    fn assert_clean(&self) {
        for (place, text) in &self.0 {
            for telltale in TELLTALES {
                let line = text.lines().find(|line| line.contains(telltale));
                assert!(line.is_none(), "{telltale:?} in {place}: {line:?}");
            }
        }
    }
}

/// Asks the API everything, rightly and wrongly, and a `hook_url` with it.
async fn ask_the_api(out: &mut Out, url: &str, hook: &str) {
    let right = format!("Bearer {ADMIN}");
    let almost = format!("Bearer {ADMIN}x");
    let basic = format!("Basic {ADMIN}");
    let channel = |hook: &str| json!({"name": "pager", "hook_url": hook});
    let foreign = format!("https://evil.example/services/T0/B0/{HOOK}");
    let masked = format!("http://127.0.0.1/services/T…/{HOOK}");
    let bodies = [
        channel(hook),
        channel(hook),
        channel(&foreign),
        channel(&masked),
        json!({"name": HOOK.len(), "hook_url": [foreign]}),
        json!({"host_name": "x", "host": format!("https://user:{PROXY}@host/"), "port": 1}),
        json!({"host_name": "x", "host": "10.0.0.5", "port": 1, "path": 3, "hook_url": foreign}),
    ];
    for token in [&right, &almost, &basic] {
        for path in [
            "/servers",
            "/channels",
            "/incidents",
            "/settings",
            "/nowhere",
            "/inventory/sync",
        ] {
            let ask = |method| {
                Ask::to(url, method, &format!("/api/v1{path}"))
                    .header("authorization", token.as_str())
            };
            out.put("the API", ask("GET").send().await.text);
            for body in &bodies {
                out.put("the API", ask("POST").json(body).await.text);
                out.put("the API", ask("PATCH").json(body).await.text);
            }
            let broken = format!("{{\"hook_url\": \"{foreign}\"");
            out.put("the API", ask("POST").body(broken).await.text);
        }
    }
    for path in [
        "/",
        "/metrics",
        "/readyz",
        "/healthz",
        "/api/openapi.json",
        "/api/docs",
    ] {
        out.put(path, Ask::to(url, "GET", path).send().await.text);
    }
}

/// Types the planted hooks and passwords wherever a person might, while Slack stumbles; gives a server that never answers.
async fn type_everything(out: &mut Out, workspace: &Workspace, hook: &str) -> TcpListener {
    let through_the_proxy = format!("https://127.0.0.1:9/services/T0/B0/{HOOK}");
    for effect in [
        Effect::Status(500),
        Effect::Error("no_service".to_owned()),
        Effect::ResetBefore,
    ] {
        workspace.fault(Fault::once(WEBHOOK, effect));
    }
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let slow = format!("add api http://{} timeout=2s", silent.local_addr().unwrap());
    workspace.fault(Fault::once(RESPONSE_URL, Effect::Status(500)));
    for line in [
        slow.as_str(),
        &format!("webhook add pager {hook}"),
        &format!("webhook add pager <{hook}>"),
        &format!("webhook add proxied {through_the_proxy}"),
        &format!("webhook add foreign https://evil.example/services/T0/B0/{HOOK}"),
        &format!("webhook add {through_the_proxy} pager"),
        &format!("webhook rename {through_the_proxy} other"),
        &format!("webhook {through_the_proxy}"),
        &format!("add x http://user:{PROXY}@10.0.0.5/"),
        "channels",
        "webhook remove pager",
    ] {
        let typed = format!("/health {line}");
        let answer = workspace.command_as_sent("dana", "ops", &typed).await;
        out.put("answers", answer.unwrap().plain());
    }
    silent
}

/// Runs a bot through everything that can go wrong with what is planted, and gathers what it says.
async fn gather(log_format: &str) -> Out {
    let (workspace, dir) = (workspace().await, tempfile::tempdir().unwrap());
    let inventory = format!("http://127.0.0.1:9/list?key={INVENTORY_KEY}");
    let proxy = format!("http://user:{PROXY}@127.0.0.1:9");
    let mut bot = serve(
        &workspace,
        dir.path(),
        &[
            ("HEALTHBOT_LOG", "trace"),
            ("HEALTHBOT_LOG_FORMAT", log_format),
            ("HEALTHBOT_ADMIN_TOKEN", ADMIN),
            ("HEALTHBOT_INVENTORY_URL", &inventory),
            ("HEALTHBOT_INVENTORY_TOKEN", INVENTORY),
            ("HTTPS_PROXY", &proxy),
        ],
    );
    let url = up(&mut bot, &workspace).await;
    let mut out = Out::default();
    workspace.invite_bot("ops").await.unwrap();
    let hook = workspace.add_webhook("random").unwrap();
    // Until the bot has ended: its slow answer must come late.
    let _silent = type_everything(&mut out, &workspace, &hook).await;
    ask_the_api(&mut out, &url, &hook).await;
    let good = Knock::signed(&url, "/slack/commands", OLD_SECRET, b"user_id=U1&text=help");
    assert_eq!(good.send().await.status, 200);
    assert_eq!(good.but("user_id=U1&text=list").send().await.status, 401);
    hear_it_out(&mut out, &workspace, bot, "inventory").await;
    out
}

/// Waits for the slow answer, and gathers what was said in Slack and, to its end, in the log, which told `of` something.
async fn hear_it_out(out: &mut Out, workspace: &Workspace, bot: Process, of: &str) {
    let late = |state: &State| {
        let mut private = state.ephemerals("dana");
        private
            .any(|e| e.message.plain().contains("api"))
            .then_some(())
    };
    workspace.wait_for(late).await;
    for message in workspace.messages("ops") {
        out.put("#ops", message.plain());
    }
    for private in workspace.ephemerals("dana") {
        out.put("answers", private.message.plain());
    }
    bot.signal("TERM").await;
    let (code, said) = bot.ended().await;
    assert_eq!(code, Some(0));
    assert!(said.contains("TRACE") && said.contains(of), "it did talk");
    out.put("the log", said);
}

/// Where it listens, in whichever format it says so.
async fn up(bot: &mut Process, workspace: &Workspace) -> String {
    let line = bot.says("healthbot is up").await;
    let rest = &line[line.find("127.0.0.1:").unwrap()..];
    let end = rest.find(|c: char| !matches!(c, '0'..='9' | '.' | ':'));
    let url = format!("http://{}", &rest[..end.unwrap_or(rest.len())]);
    workspace.set_bot_url(&url);
    url
}

#[tokio::test]
async fn nothing_that_was_planted_comes_out_for_people() {
    gather("text").await.assert_clean();
}

#[tokio::test]
async fn nothing_that_was_planted_comes_out_for_machines() {
    gather("json").await.assert_clean();
}

#[tokio::test]
async fn no_mistake_in_the_configuration_and_no_doctor_shows_a_secret() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let wrong = [
        ("SLACK_SIGNING_SECRET", ",planted1,,planted2,planted3"),
        ("SLACK_BOT_TOKEN", "xapp-1-planted-app-token"),
        ("SLACK_APP_TOKEN", "planted-app-token"),
        ("HEALTHBOT_LISTEN", "0.0.0.0:0"),
        ("HEALTHBOT_ADMIN_TOKEN", "planted"),
        (
            "HEALTHBOT_INVENTORY_URL",
            "ftp://planted:planted@planted/?planted",
        ),
        ("HEALTHBOT_INVENTORY_TOKEN", "planted\ntoken"),
        ("HTTPS_PROXY", "user:planted@proxy:99999"),
        ("HEALTHBOT_DATA_DIR", data.to_str().unwrap()),
    ];
    let mut out = Out::default();
    for action in ["serve", "doctor"] {
        let (code, said) = healthbot(&[action], &wrong).ended().await;
        assert_ne!(code, Some(0), "{said}");
        assert!(said.contains("SLACK_BOT_TOKEN"), "{said}");
        out.put(action, said);
    }
    let well = [
        ("SLACK_SIGNING_SECRET", SIGNING_SECRET),
        ("SLACK_BOT_TOKEN", BOT_TOKEN),
        ("SLACK_API_URL", "https://127.0.0.1:9/api"),
        ("HTTPS_PROXY", "http://user:planted@127.0.0.1:9"),
        ("HEALTHBOT_DATA_DIR", data.to_str().unwrap()),
        ("HEALTHBOT_LOG", "trace"),
    ];
    let (code, said) = healthbot(&["doctor"], &well).ended().await;
    assert_ne!(code, Some(0), "{said}");
    out.put("doctor behind a proxy", said);
    out.assert_clean();
}

#[test]
fn what_holds_a_secret_shows_none_when_it_is_debugged() {
    let mut out = Out::default();
    let hook = HookUrl::trusted(format!("https://hooks.slack.com/services/T0/B0/{HOOK}"));
    out.put("a secret", format!("{:?}", Secret::new(ADMIN)));
    out.put("a hook", format!("{hook:?} {}", hook.masked()));
    out.put("the API's token", format!("{:?}", AdminToken::new(ADMIN)));
    let mut config = Config::for_demo(
        "http://127.0.0.1:9/api",
        Secret::new(SIGNING_SECRET),
        Secret::new(BOT_TOKEN),
        "data".into(),
    );
    config.app_token = Some(Secret::new(APP_TOKEN));
    config.admin_token = Some(Secret::new(ADMIN));
    config.https_proxy = Some(Secret::new(format!("http://user:{PROXY}@127.0.0.1:9")));
    config.inventory = Some(InventoryConfig {
        url: format!("http://user:{INVENTORY}@127.0.0.1:9/?key={INVENTORY_KEY}")
            .parse()
            .unwrap(),
        token: Some(Secret::new(INVENTORY)),
        every: Settings::default().interval,
    });
    out.put("the configuration", format!("{config:?} {config:#?}"));
    let hosts = HostRule::new(&config.api_url);
    let ticket = hosts.socket_url("ws://127.0.0.1:9/socket/ticket1").unwrap();
    out.put("a connection's address", format!("{ticket:?} {ticket:#?}"));
    let late = hosts.response_url("http://127.0.0.1:9/response/1").unwrap();
    out.put("a late answer's address", format!("{late:?} {late:#?}"));
    out.put(
        "the verifier",
        format!("{:?}", Verifier::new([SIGNING_SECRET])),
    );
    out.assert_clean();
}
