# `/health help` 설명. 명령어 자체는 어느 언어에서나 같다.

help = Healthbot은 서버를 감시하고, 장애와 복구를 채널에 알립니다.
help-it = { $what }
help-add = 서버를 추가합니다. 주소: http(s)://, ws(s)://, host:port
help-edit = 서버 설정을 변경합니다. 적지 않은 값은 그대로입니다.
help-list = 서버 목록을 봅니다.
help-status = 전체 현황이나 서버 하나의 상세 정보를 봅니다.
help-remove = 서버 감시를 그만둡니다(먼저 확인합니다).
help-check = 서버를 지금 점검합니다.
help-on = 서버의 알림을 켭니다.
help-off = 서버의 알림을 끕니다. 점검은 계속합니다.
help-mute = 서버의 알림을 잠시 음소거합니다. 점검은 계속합니다.
help-unmute = 서버의 음소거를 해제합니다.
help-ack = 장애를 확인했다고 모두에게 표시합니다.
help-history = 서버의 지난 장애와 변경 기록을 봅니다.
help-settings = 모든 서버의 기본값을 보거나 변경합니다.
help-subscribe = 이 채널이나 다른 채널에 장애를 알립니다.
help-unsubscribe = 이 채널이나 다른 채널에 더 이상 알리지 않습니다.
help-channels = 알림을 받는 채널과 전달 상태를 봅니다.
help-channel = Slack 채널을 만들고, 이름을 바꾸고, 보관합니다(먼저 확인합니다).
help-webhook = 웹훅에도 알립니다. 전달되지 않는 웹훅은 add 명령으로 URL을 바꿉니다. 삭제는 먼저 확인합니다.
help-help = 이 도움말이나 명령 하나의 설명을 봅니다.
help-keys = 키: `url=…`, `env=DEV|STAGE|LIVE|UNKNOWN`, `type=1|6`(HTTP) 또는 `type=2|3|4`(WebSocket), `interval=30s`, `timeout=3s`, `failures=2`, `recoveries=1`, `alerts=on|off`. 공백이 있는 이름은 따옴표로 묶습니다.
help-add-form = 아무것도 적지 않으면 입력 창이 열립니다.
help-edit-form = 키를 적지 않으면 입력 창이 열립니다.
help-edit-default = `interval=default` 값을 주면 서버에 따로 정한 값을 지웁니다. 다른 키도 같습니다: `timeout`, `failures`, `recoveries`.
