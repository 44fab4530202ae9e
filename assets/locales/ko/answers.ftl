# 물어본 사람에게 하는 답.

nothing = 없음
like-this = 예: { $line }

server-name-taken = 🤔 *{ $server }*: 이미 있는 서버 이름입니다. 다른 이름을 쓰거나 { $line } 명령으로 확인해 주세요.
address-forbidden = ⛔ { $reason }. 저장하지 않았습니다.
server-added = ✅ *{ $server }* 감시를 시작합니다: { $check } { $address }, { $interval }마다 점검합니다.
server-added-silent = 🔕 알림이 꺼져 있어 장애를 알리지 않습니다. 켜려면 { $line } 명령을 입력해 주세요.
server-added-unheard = 아직 장애를 알릴 채널이 없습니다. 채널에 초대하거나 채널에서 `/health subscribe` 명령을 입력해 주세요.
first-check-runs = ⏳ 첫 점검이 진행 중입니다. 결과는 `/health status` 명령으로 볼 수 있습니다.
first-check-there-runs = ⏳ 바뀐 주소의 첫 점검이 진행 중입니다. 결과는 `/health status` 명령으로 볼 수 있습니다.
server-changed = ✅ *{ $server }* 설정을 변경했습니다: { $edits }.
server-unchanged = 👍 *{ $server }* 설정이 이미 같습니다. 변경하지 않았습니다.
server-removed = 🗑️ *{ $server }* 감시를 끝냈습니다.
ask-remove = *{ $server }* 감시를 그만둘까요?
ask-remove-down = *{ $server }* 감시를 그만둘까요? 지금 장애 상태입니다.
kept = 👍 *{ $what }*: 그대로 둡니다.
kept-all = 👍 모두 그대로 둡니다.
gone = 🤷 더 이상 없습니다. 그사이에 변경되었거나 삭제되었습니다.
nothing-open = 👍 *{ $server }* 장애가 없습니다. 확인할 것이 없습니다.
still-checking = ⏳ *{ $server }* 응답을 기다리고 있습니다. 결과는 `/health status` 명령으로 볼 수 있습니다.
checked = *{ $server }*: { $outcome }
    현재 상태: { $state }, { $since }부터.
no-such-server = 🤔 *{ $server }*: 그런 서버가 없습니다. 전체 목록은 `/health list` 명령으로 볼 수 있습니다.
no-such-server-near = 🤔 *{ $server }*: 그런 서버가 없습니다. 혹시 { $lines }?

list-none = 아직 감시하는 서버가 없습니다. 예: `{ $line }`
list-no-match = 조건에 맞는 서버가 없습니다{ $which }. 전체 목록은 `/health list` 명령으로 볼 수 있습니다.
list-page = { $title }: { $pages }쪽 중 { $page }쪽
condition-muted = 음소거
condition-off = 알림 꺼짐

detail-headline = { $server }: { $state }
detail-text = { $server }: { $state }, { $since }부터
detail-check = { $check } (유형 { $code })
detail-rhythm = { $interval }마다, 제한 시간 { $timeout }
detail-confirmed = 실패 { $failures }회, 복구 { $recoveries }회
detail-last-check = 마지막 점검({ $span } 전): { $outcome }
alerts-on = 🔔 켜짐
alerts-off = 🔕 꺼짐

summary-nothing = 아직 감시하는 서버가 없습니다.
summary-none-down = { $servers ->
    [1] 🟢 서버에 장애가 없습니다.
   *[other] 🟢 서버 { $servers }대 모두 장애가 없습니다.
}
summary-down = { $servers ->
    [1] 🔴 서버에 장애가 있습니다.
   *[other] 🔴 서버 { $servers }대 중 { $down }대가 장애입니다.
}
count-up = 정상 { $count }
count-down = 장애 { $count }
count-pending = 확인 전 { $count }
count-unknown = 알 수 없음 { $count }
summary-told = 알림 채널 { $count }개
summary-alerts-off = 알림 꺼진 서버 { $count }대
summary-muted = 음소거된 서버 { $count }대

history-none = *{ $server }*: 감시를 시작한 뒤로 장애가 없었습니다
history = *{ $server }*: 장애 { $count }건, 최근 순
history-changes = 변경 기록
history-open = 🔴 { $began }  { $span }째 진행 중: { $failure }
history-past = 🟢 { $began }  { $span } 동안: { $failure }

ask-all-off = 서버 { $servers }대의 알림을 모두 끌까요? 어떤 장애도 알리지 않게 됩니다.
alerts-now-on = 🔔 *{ $server }* 알림을 켰습니다.
alerts-already-on = 🔔 *{ $server }* 알림이 이미 켜져 있습니다.
alerts-on-muted = 🔇 음소거는 그대로입니다. { $until }까지 알리지 않습니다.
alerts-now-off = 🔕 *{ $server }* 알림을 껐습니다. 점검은 계속합니다.
alerts-already-off = 🔕 *{ $server }* 알림이 이미 꺼져 있습니다. 점검은 계속합니다.
all-already-on = 🔔 모든 알림이 이미 켜져 있습니다.
all-already-off = 🔕 모든 알림이 이미 꺼져 있습니다.
all-now-on = 🔔 서버 { $count }대의 알림을 켰습니다.
all-now-off = 🔕 서버 { $count }대의 알림을 껐습니다.
muted = 🔇 *{ $server }* 알림을 { $until }까지 음소거합니다. 점검은 계속합니다.
unmuted = 🔊 *{ $server }* 음소거를 해제했습니다.
was-not-muted = 🔊 *{ $server }* 음소거 상태가 아니었습니다.
unmuted-off = 🔕 알림은 꺼져 있습니다. 켜려면 { $line } 명령을 입력해 주세요.
acknowledged = 👀 *{ $server }* 장애를 확인했습니다. 알림을 받은 모두에게 표시됩니다.
acknowledged-before = 👀 { $person } 님이 *{ $server }* 장애를 이미 확인했습니다({ $when }).

settings = 기본값:
    { $rhythm }
    값을 따로 정하지 않은 모든 서버에 적용됩니다.
settings-changed = ✅ 기본값을 변경했습니다:
    { $rhythm }
    값을 따로 정하지 않은 모든 서버에 적용됩니다.
settings-unchanged = 👍 기본값이 이미 같습니다. 변경하지 않았습니다.
    { $rhythm }
    값을 따로 정하지 않은 모든 서버에 적용됩니다.
rhythm = *점검 주기* { $interval } · *제한 시간* { $timeout } · *장애 판정* { $failures }회 · *복구 판정* { $recoveries }회 · *재알림* { $remind }
remind-every = { $interval }마다
remind-off = 꺼짐

subscribed = 🔔 { $channel }: 앞으로 모든 서버의 장애와 복구를 알립니다.
subscribed-before = 🔔 { $channel }: 지금처럼 모든 서버의 장애와 복구를 알립니다.
subscribed-to = 🔔 { $channel }: 앞으로 { $environments } 서버의 장애와 복구를 알립니다.
subscribed-to-before = 🔔 { $channel }: 지금처럼 { $environments } 서버의 장애와 복구를 알립니다.
subscribe-invite-first = ⛔ { $channel }: 아직 글을 올릴 수 없습니다. 먼저 그 채널에서 `/invite @Healthbot` 명령으로 초대해 주세요. 구독도 함께 됩니다.
subscribe-archived = ⛔ { $channel }: 보관된 채널이라 글을 올릴 수 없습니다.
subscribe-slack-away = ⏳ { $channel }: 글을 올릴 수 있는지 Slack에서 확인하지 못했습니다({ $reason }). 잠시 후 다시 시도해 주세요.
unsubscribed = 🔕 { $channel }: 더 이상 알리지 않습니다. 다시 받으려면 { $line } 명령을 입력해 주세요.
not-subscribed = 🤷 { $channel }: 구독하지 않은 채널입니다.

the-channel = 새 채널
the-webhook = 웹훅 *{ $webhook }*
channels-none = 아직 알림을 받는 채널이 없습니다. 채널에 초대하거나 채널에서 `/health subscribe` 명령을 입력해 주세요.
channels-refused = ⛔ Slack이 제 토큰으로 보내는 메시지를 거부합니다({ $reason }). 해결될 때까지 웹훅에만 알림이 갑니다. `healthbot doctor` 명령이 해결 방법을 알려 줍니다.
channels-told-of-failures = { $told ->
    [0] 장애 알림을 받는 채널 없음
   *[other] 장애 알림을 받는 채널 { $told }개
}{ $off ->
    [0] {""}
   *[other] , 꺼진 채널 { $off }개
}
channel-all-environments = 모든 환경
channel-fails = 🔴 { $since }부터 전달되지 않음: { $reason }. { $remedy } 그런 다음 그 채널에서 `/health subscribe` 명령을 입력해 주세요.
channel-webhook-fails = 🔴 { $since }부터 전달되지 않음: { $reason }. { $remedy }
channel-off = 🔕 꺼짐
channel-works = 🟢 정상

channel-created = ✅ { $channel } 채널을 만들었습니다. 앞으로 서버 장애를 알립니다. Slack 채널 목록에서 참여해 주세요.
channel-created-invited = ✅ { $channel } 채널을 만들고 초대했습니다. 앞으로 서버 장애를 알립니다.
channel-renamed = ✅ { $channel } 채널의 이름을 바꾸었습니다. 새 이름: *#{ $name }*.
channel-ask-archive = { $channel } 채널을 보관할까요? 아무도 글을 쓸 수 없게 되고, 장애도 알리지 않습니다.
channel-archived = 🗄️ { $channel } 채널을 보관했습니다. 더 이상 알리지 않습니다.
channel-archived-before = 🗄️ { $channel } 채널은 이미 보관되어 있습니다. 더 이상 알리지 않습니다.
channel-kept = 👍 { $channel } 채널을 그대로 둡니다.
channel-slack-away = ⏳ Slack 응답이 올바르지 않습니다({ $reason }). 처리되었는지 확인하고 잠시 후 다시 시도해 주세요.
channel-not-created = ⛔ { $channel }: Slack에서 만들지 못했습니다. { $why }
channel-not-renamed = ⛔ { $channel }: Slack에서 이름을 바꾸지 못했습니다. { $why }
channel-not-archived = ⛔ { $channel }: Slack에서 보관하지 못했습니다. { $why }
slack-name-taken = 이미 있는 채널 이름입니다. 다른 이름을 써 주세요.
slack-name-invalid = 채널 이름은 영문 소문자, 숫자, 하이픈, 밑줄로 1~80자입니다.
slack-not-the-maker = 채널 이름은 만든 사람만 바꿀 수 있는데, Healthbot이 만든 채널이 아닙니다. Slack에서 직접 바꾸면 자동으로 반영됩니다.
slack-not-allowed = 이 워크스페이스에서는 앱이 할 수 없는 작업입니다. 관리자에게 요청하거나 Slack에서 직접 해 주세요. 자동으로 반영됩니다.
slack-not-in-channel = Healthbot이 그 채널에 없습니다. 먼저 `/invite @Healthbot` 명령으로 초대해 주세요.
slack-is-archived = 보관된 채널입니다.
slack-is-general = 워크스페이스의 기본 채널은 보관할 수 없습니다.
slack-no-scope = 앱에 권한이 없습니다. `manifest.yml` 파일의 권한(channels:manage, groups:write)으로 다시 설치해 주세요.
slack-says = Slack 응답: { $reason }.

webhook-added = ✅ 웹훅 *{ $webhook }*: 앞으로 서버 장애를 알립니다. 테스트 메시지가 전송되었습니다.
webhook-mended = ✅ 웹훅 *{ $webhook }*: 다시 알립니다. 테스트 메시지가 전송되었고, 밀린 알림도 지금 보냅니다.
webhook-renamed-before = 👍 웹훅 *{ $webhook }*: 이미 이 이름입니다. 변경하지 않았습니다.
webhook-renamed = ✅ 웹훅 *{ $from }*: 이름을 바꾸었습니다. 새 이름: *{ $to }*.
webhook-ask-remove = 웹훅 *{ $webhook }*: 삭제할까요? 장애를 알리지 않게 되며, 다시 추가하려면 URL이 필요합니다.
webhook-removed = 🗑️ 웹훅 *{ $webhook }*: 더 이상 알리지 않습니다.
webhook-none = 🤔 *{ $webhook }*: 그런 웹훅이 없습니다. 아직 하나도 없으니 `/health webhook add NAME HOOK_URL` 명령으로 추가해 주세요.
webhook-unknown = 🤔 *{ $webhook }*: 그런 웹훅이 없습니다. 혹시 { $lines }?
webhook-name-taken = 🤔 *{ $webhook }*: 이미 있는 웹훅 이름입니다. 다른 이름을 써 주세요.
webhook-known = 🤔 이미 추가된 URL입니다. 이름: *{ $webhook }*.
webhook-away = ⏳ 웹훅을 추가하지 못했습니다. 테스트 메시지를 보낼 수 없었습니다({ $reason }). 잠시 후 다시 시도해 주세요.
webhook-refused = ⛔ 웹훅을 추가하지 못했습니다. Slack에서 테스트 메시지를 거부했습니다({ $reason }). 앱 페이지의 `Incoming Webhooks` 메뉴에서 URL이 맞는지 확인해 주세요.

inventory-asked-anew = 📋 아무것도 삭제하지 않았습니다. 그사이 목록이 복구된 적이 있어, 지금 빠진 서버에 대해서는 다시 묻겠습니다.
inventory-not-held = 👍 이미 끝난 질문입니다. 결정을 기다리는 서버가 없습니다.
inventory-trouble = 📋 변경하지 않았습니다: { $reason }.
store-trouble = 💾 저장소 오류로 변경하지 못했습니다({ $reason }). 잠시 후 다시 시도해 주세요.
not-ready = ⏳ 아직 Slack에서 제 워크스페이스를 확인하지 못했습니다. 잠시 후 다시 시도해 주세요.
too-fast = 🐢 요청이 너무 많습니다. 잠시 후 다시 시도해 주세요.
done-already = 👍 이미 처리했습니다. 같은 요청이 두 번 왔습니다.
not-allowed = ⛔ 조회만 할 수 있습니다. 변경은 운영자에게 요청해 주세요.
stranger = ⛔ 다른 워크스페이스의 봇입니다. 조회와 변경은 그 워크스페이스 구성원만 할 수 있습니다.
no-form = ⏳ Slack에서 입력 창을 열지 못했습니다({ $reason }). 다시 시도해 주세요.
