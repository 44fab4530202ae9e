# 채널에 먼저 알리는 메시지. 서버 이름 뒤에는 조사를 붙이지 않는다: 이름의 끝소리를 모르기 때문이다.

failure-headline = 🔴 { $server } 장애 발생
failure-text = 🔴 { $server } 장애 발생: { $failure }, { $since }부터
resolved-headline = 🟢 { $server } 복구됨
resolved-text = 🟢 { $server } 복구됨: { $span } 동안 장애가 있었습니다
removed-headline = ⚪ { $server } 삭제됨
removed-text = ⚪ { $server }: 장애 중에 감시 목록에서 삭제되었습니다
was-down-for = 장애 지속 시간 *{ $span }*: { $failure }

acknowledged-by = 👀 { $person } 님이 확인했습니다({ $when }).
alerts-are-off = 🔕 이 서버의 알림이 꺼져 있습니다.
is-muted-until = 🔇 { $until }까지 음소거 상태입니다.
not-kept-up-to-date = 📪 이 채널은 구독이 해제되어 이 메시지는 더 이상 갱신되지 않습니다.

still-down-unmuted = 🔴 { $server }: { $span }째 장애가 이어지고 있습니다. 음소거가 끝나 다시 알립니다. { $failure }
still-down-alerts-on = 🔴 { $server }: { $span }째 장애가 이어지고 있습니다. 알림이 켜져 다시 알립니다. { $failure }
reminder = ⏰ { $server }: { $span }째 장애가 이어지고 있습니다. 재알림 { $number }/{ $most }.
recovery = 🟢 { $server } 복구됨: { $span } 동안 장애가 있었습니다. { $failure }, { $from } ~ { $to }.

flapping = 🔀 { $server } ({ $environment }) 상태 불안정: { $window }분 안에 상태가 { $changes }번 바뀌었습니다. 상태가 { $settled }분 동안 유지될 때까지 알림을 보내지 않습니다.

own-network = 네트워크 연결이 끊겼습니다
own-descriptors = 파일 디스크립터가 부족했습니다
own-memory = 메모리가 부족했습니다
own-ports = 로컬 포트가 부족했습니다
own-sleep = 잠들어 있었습니다(장비가 절전 상태였거나 시계가 변경됨)
own-trouble = 🟡 { $from }부터 { $to }까지({ $span }) Healthbot의 { $what }. 그동안의 서버 상태는 알 수 없으며, 장애 알림도 보내지 않았습니다.

inventory-held = 📋 서버 { $servers }대가 인벤토리 목록에서 사라졌습니다({ $names }). 전체의 절반이 넘습니다. 지금도 계속 감시하고 있습니다. 삭제할까요?
names-and-more = { $names } 외 { $more }대
inventory-changed = 📋 아무것도 삭제하지 않았습니다. 질문한 뒤 목록이 바뀌었습니다.
inventory-removed = 🗑️ 인벤토리 목록에서 사라진 서버 { $count }대를 삭제했습니다. 결정: { $who }
inventory-kept = 👍 인벤토리 목록에서 사라진 서버 { $count }대를 그대로 둡니다. 결정: { $who }. 목록에 충분히 다시 나타날 때까지 묻지 않겠습니다.
inventory-over = 📋 { $missing ->
    [0] 인벤토리 목록에 빠진 서버가 더 이상 없습니다.
   *[other] 인벤토리 목록이 다시 충분해졌습니다. 아직 빠진 서버 { $missing }대는 세 번 연속 목록에 없으면 삭제됩니다.
} 결정이 필요 없게 되었으며, 아무것도 삭제하지 않았습니다.

webhook-failing = ⚠️ 웹훅 *{ $webhook }*: 알림이 전달되지 않습니다. Slack 응답: { $reason }. { $remedy } 밀린 알림은 보관 중이며 그때 전송됩니다.
channel-failing = ⚠️ *{ $channel }* 채널에 알림이 전달되지 않습니다. Slack 응답: { $reason }. { $remedy } 밀린 알림은 보관 중입니다. 그 채널에서 `/health subscribe` 명령을 입력하면 전송됩니다.
remedy-invite = 그 채널에서 `/invite @Healthbot` 명령으로 다시 초대해 주세요.
remedy-archived = 보관된 채널입니다. 보관을 해제하거나 다른 채널을 구독해 주세요.
remedy-restricted = 게시가 제한된 채널입니다. 워크스페이스 관리자에게 허용을 요청해 주세요.
remedy-webhook = 삭제된 웹훅입니다. Slack에서 새로 만든 다음, 그 URL을 넣어 { $line } 명령을 입력해 주세요.
remedy-webhook-other = Slack에서 웹훅을 새로 만든 다음, 그 URL을 넣어 { $line } 명령을 입력해 주세요.
remedy-other = Slack에서 채널 설정을 확인해 주세요.

webhook-test = 👋 테스트 메시지입니다. 앞으로 서버의 장애와 원인, 복구를 이 채널에 알립니다. 웹훅 이름: *{ $webhook }*
welcome = 👋 앞으로 서버의 장애와 원인, 복구를 이 채널에 알립니다. { $watched }
welcome-filtered = 👋 앞으로 { $environments } 서버의 장애와 원인, 복구를 이 채널에 알립니다. { $watched }
welcome-watched = { $servers ->
    [0] 아직 감시하는 서버가 없습니다. `/health add` 명령으로 추가해 주세요.
   *[other] 지금 서버 { $servers }대를 감시하고 있습니다.
}

digest-more-down = 🔴 서버 { $total }대 추가 장애
digest-still-down = 🔴 서버 { $total }대 중 { $down }대 장애 지속
digest-all-up = { $total ->
    [1] 🟢 서버 복구됨
   *[other] 🟢 서버 { $total }대 모두 복구됨
}
digest-all-over = { $total ->
    [1] 🟢 서버가 목록에서 삭제됨
   *[other] 🟢 서버 { $total }대 모두 복구 또는 삭제됨
}
digest-part = { $headline } ({ $part }번째)
digest-down = 🔴 *{ $kind }* ({ $count }대):
digest-acknowledged = 🔴 *{ $kind }*, 👀 확인함 ({ $count }대):
digest-silenced = 🔴 *{ $kind }*, 🔕 알림 없음 ({ $count }대):
digest-back = 🟢 *복구됨* ({ $count }대):
digest-removed = ⚪ *삭제됨* ({ $count }대):
digest-news-up = 🟢 서버 { $total }대 복구됨
digest-news-over = 🟢 서버 { $total }대 복구 또는 삭제됨
digest-text = { $headline }: { $names }

storm-all-up = { $back ->
    [1] 🟢 장애가 끝났습니다. 서버가 복구되었습니다.
   *[other] 🟢 서버 { $back }대가 모두 복구되었습니다.
}
storm-over = 🟢 장애가 끝났습니다. { $back }대는 복구되었고 { $removed }대는 삭제되었습니다.
storm-times = 첫 장애는 { $from }, 마지막 복구는 { $to }입니다. 모두 { $span } 걸렸습니다.
