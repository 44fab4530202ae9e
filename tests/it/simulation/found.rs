//! The histories in which the simulation found a bug, each under the bug's name, and shortened to what it took.

use healthbot::domain::outcome::FailureKind::Refused;

use super::history::{History, Op};
use super::servers::Mode::{Fails, Hangs, Healthy};
use super::slack::Effect::{Away, Limited, Reset};
use Op::{Add, Calls, Everyone, Hold, Kill, Pass, Server, Unsubscribe};

/// Lets it happen again, with a token that may read histories or not.
fn again(reads: bool, servers: usize, ops: impl Into<Vec<Op>>) {
    let history = History {
        reads,
        remind: false,
        servers,
        ops: ops.into(),
    };
    let wrong = history.run();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The message had arrived, the look into the history failed, and that was taken for Slack's refusal of the message.
#[test]
fn a_look_that_fails_is_no_proof_that_the_message_is_not_there() {
    let calls = Calls(vec![Reset, Away]);
    again(
        true,
        3,
        [Unsubscribe(0), calls, Server(0, Fails(Refused)), Pass(3)],
    );
}

/// A server of a digest that waited for Slack was back before the digest was there: that was told first, and then the
/// digest was thought to be there, so that nobody in it was ever named.
#[test]
fn a_digest_that_waits_is_posted_although_one_of_its_servers_is_back() {
    let slack_away = Op::Away(true);
    again(
        false,
        7,
        [
            Add(1, 1),
            Pass(1),
            Everyone(Fails(Refused)),
            slack_away,
            Pass(12),
            Server(14, Healthy),
        ],
    );
}

/// The message of an earlier attempt was found; it showed the server as down, and was taken to show it as up.
#[test]
fn a_message_that_is_found_again_shows_what_was_so_when_it_was_sent() {
    again(
        true,
        3,
        [
            Hold(15, false),
            Server(15, Fails(Refused)),
            Pass(2),
            Add(1, 1),
            Hold(15, true),
            Server(20, Healthy),
            Kill,
            Calls(vec![Limited(1), Limited(1)]),
            Kill,
            Pass(1),
        ],
    );
}

/// The bot was started anew within the very millisecond, and numbered its next message below the last one.
#[test]
fn a_message_after_a_quick_restart_is_numbered_after_those_before_it() {
    let history = History {
        reads: false,
        remind: true,
        servers: 3,
        ops: vec![
            Server(29, Fails(Refused)),
            Pass(4),
            Op::Mute(53, 57),
            Pass(23),
            Pass(33),
            Op::Unmute(47),
            Op::Restart,
        ],
    };
    let wrong = history.run();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A room that was left and joined again was told of a server once more, in a digest; the reader of histories looked for
/// a recovery of the message from before.
#[test]
fn a_room_that_is_joined_again_hears_in_a_digest_of_who_is_back() {
    again(
        false,
        5,
        [
            Everyone(Fails(Refused)),
            Op::Remove(6),
            Pass(4),
            Add(1, 1),
            Add(1, 1),
            Unsubscribe(39),
            Op::Subscribe(45),
            Calls(vec![Limited(1), Limited(1)]),
            Server(0, Healthy),
            Hold(3, true),
            Hold(10, false),
            Pass(1),
            Add(1, 1),
            Pass(4),
            Everyone(Fails(Refused)),
            Pass(1),
            Op::Mute(36, 6),
            Pass(1),
        ],
    );
}

/// A channel that is subscribed anew while a call to its former self hangs has a lane of its own; the simulation lost
/// what woke it meanwhile.
#[test]
fn a_room_that_is_joined_again_while_a_call_hangs_hears_of_what_fails_next() {
    again(
        false,
        2,
        [
            Hold(63, false),
            Server(2, Fails(Refused)),
            Pass(2),
            Unsubscribe(15),
            Op::Subscribe(21),
            Server(29, Fails(Refused)),
            Pass(5),
        ],
    );
}

/// The message of an attempt was looked for from a later attempt on, which a closed room had refused.
#[test]
fn a_message_is_looked_for_since_the_first_attempt_at_it() {
    again(
        true,
        3,
        [
            Hold(40, true),
            Server(0, Fails(Refused)),
            Pass(302),
            Op::Closed(16, true),
            Kill,
        ],
    );
}

/// The message of a send that broke off was there, and its server was named again in the digest of a storm; the message
/// itself was never edited any more.
#[test]
fn a_message_that_may_be_there_goes_into_no_digest() {
    again(
        true,
        6,
        [
            Pass(8),
            Pass(39),
            Everyone(Hangs),
            Pass(14),
            Op::Closed(0, false),
            Hold(0, false),
            Calls(vec![Limited(4), Reset]),
            Pass(8),
            Op::Mute(9, 5),
            Pass(1),
        ],
    );
}

/// A room that was left and joined again has a new lane, which did not know that Slack had asked to wait.
#[test]
fn a_room_that_is_joined_again_is_left_alone_as_long_as_slack_asked() {
    again(
        false,
        5,
        [
            Server(4, Fails(Refused)),
            Server(0, Healthy),
            Calls(vec![Limited(9)]),
            Pass(1),
            Unsubscribe(3),
            Op::Subscribe(45),
            Server(25, Fails(Refused)),
        ],
    );
}
