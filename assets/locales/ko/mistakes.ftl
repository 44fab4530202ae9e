# 입력에서 잘못된 점. 앞부분(값에 대한 것)에는 마침표가 없다: 코드가 붙인다.

no-such-type = { $code }: 없는 서버 유형입니다. 유형은 1, 6(HTTP)과 2, 3, 4(WebSocket)입니다
server-name-invalid = 서버 이름은 1~255자이며, 줄바꿈이나 제어 문자를 쓸 수 없습니다
environment-empty = 환경이 비어 있습니다. DEV, STAGE, LIVE, UNKNOWN 중 하나입니다
no-such-environment = “{ $typed }”: 없는 환경입니다. DEV, STAGE, LIVE, UNKNOWN 중 하나입니다
not-a-span = “{ $what }” 값은 숫자와 단위(ms, s, m, h, d)로 적습니다. 예: 30s
span-out-of-range = “{ $what }” 값은 { $least }부터 { $most }까지입니다
count-out-of-range = “{ $what }” 값은 1부터 10까지의 정수입니다
address-empty = 주소가 비어 있습니다. https://10.0.0.5:8080/healthz 같은 URL이나 host:port 형식으로 적어 주세요
address-unreadable = “{ $typed }”: 주소가 아닙니다. https://10.0.0.5:8080/healthz 같은 URL이나 host:port 형식으로 적어 주세요
address-scheme = “{ $typed }://” 주소는 점검할 수 없습니다. 주소는 http://, https://, ws://, wss:// 중 하나로 시작합니다
address-host = “{ $typed }”: 호스트 이름도 IP 주소도 아닙니다
address-credentials = 주소에서 사용자 이름과 비밀번호를 빼 주세요. 점검할 때는 인증 정보를 보내지 않습니다
address-port = 포트는 1부터 65535까지의 숫자입니다
address-path = 경로는 /로 시작하고 공백 없이 최대 2,000자입니다

forbidden-stands-for = { $address }({ $judged })
forbidden-metadata = { $address }: 클라우드 메타데이터 주소이므로 점검하지 않습니다
forbidden-link-local = { $address }: 링크 로컬 주소이므로 점검하지 않습니다
forbidden-unspecified = { $address }: 지정되지 않은 주소이므로 점검하지 않습니다
forbidden-multicast = { $address }: 멀티캐스트 주소이므로 점검하지 않습니다
forbidden-broadcast = { $address }: 브로드캐스트 또는 예약된 주소이므로 점검하지 않습니다
forbidden-own-listener = { $address } 포트 { $port }: Healthbot이 쓰는 주소이므로 점검하지 않습니다
forbidden-loopback = { $address }: 루프백 주소입니다. HEALTHBOT_ALLOW_LOOPBACK=true 설정으로 허용할 수 있습니다
forbidden-outside-networks = { $address }: HEALTHBOT_TARGET_NETWORKS 설정의 네트워크 밖에 있는 주소입니다

that-address = 입력한 주소
an-empty-word = 빈 단어
no-such-command = { $typed }: 없는 명령입니다. 전체 명령은 `/health help` 명령으로 볼 수 있습니다.
no-such-command-near = { $typed }: 없는 명령입니다. 혹시 `{ $nearest }` 명령인가요?
quote-not-closed = 따옴표가 닫히지 않았습니다. 공백이 있는 이름은 따옴표로 묶습니다. 이름에 든 따옴표는 \"로 적습니다.
word-missing = { $what } 값이 빠졌습니다.
field-missing = { $field } 항목을 입력해 주세요.
word-unexpected = { $typed }: 여기에 쓸 수 없는 단어입니다. 공백이 있는 이름은 따옴표로 묶습니다.
no-such-key = { $typed }: 없는 키입니다. 쓸 수 있는 키: { $known }.
key-twice = { $typed }: 두 번 적었습니다.
no-such-filter = { $typed }: 목록을 좁힐 수 없는 조건입니다. 쓸 수 있는 조건: { $known }, env=LIVE.
second-filter = { $typed }: 조건이 너무 많습니다. { $known } 중 하나만 쓸 수 있습니다.
act-missing = 무엇을 할지 적어 주세요: { $known }.
no-such-act = { $typed }: 할 수 없는 작업입니다. 할 수 있는 작업: { $known }.
not-a-hook = 웹훅에는 이름이 필요하고, 추가할 때는 Slack에서 받은 URL도 필요합니다. URL은 https://hooks.slack.com/services/ 로 시작합니다. 이름을 먼저 적고, 공백이 있으면 따옴표로 묶습니다.
hook-elsewhere = { $typed }: Slack 웹훅 주소가 아닙니다. 웹훅 URL은 https://hooks.slack.com/services/ 로 시작합니다.
webhook-name-invalid = 웹훅 이름은 1~255자이며, 줄바꿈이나 제어 문자를 쓸 수 없습니다.
not-a-channel = { $typed }: 채널이 아닙니다. #을 입력하고 Slack 목록에서 골라 주세요.
not-on-or-off = { $key } 값은 on 또는 off 중 하나입니다. 입력한 값: { $typed }.
remind-invalid = `remind` 값은 `off` 또는 1s부터 1d까지의 시간입니다. 예: `30m`. 입력한 값: { $typed }.
type-is-no-number = { $typed }: 서버 유형이 아닙니다. 유형은 1, 6(HTTP)과 2, 3, 4(WebSocket)입니다.
type-contradicts-address = 유형 { $code } 서버는 { $check } 방식으로 점검하지만 주소는 { $other } 방식입니다. 유형을 빼거나 주소를 바꿔 주세요.

field-name = 이름
field-address = 주소
field-environment = 환경
field-type = 유형
field-interval = 점검 주기
field-timeout = 제한 시간
field-failures = 장애 판정 횟수
field-recoveries = 복구 판정 횟수
