# 여러 메시지가 함께 쓰는 말: 상태, 항목 이름, 버튼, 시간, 장애 종류.

state-up = 정상
state-down = 장애
state-pending = 확인 전
state-unknown = 알 수 없음

mark-flapping = 🔀 불안정
mark-alerts-off = 🔕 알림 꺼짐
mark-muted = 🔇 음소거
mark-muted-until = 🔇 { $until }까지 음소거

or = { $before } 또는 { $last }
somebody = 누군가
that-channel = 해당 채널
never-yet = 아직 없음

label-since = 시작
label-state-since = 상태 변경
label-until = 종료
label-removed = 삭제
label-last-healthy = 마지막 정상
label-environment = 환경
label-alerts = 알림
label-check = 점검 방식
label-address = 주소
label-rhythm = 점검 주기
label-confirmed-by = 판정 기준

button-acknowledge = 장애 확인
button-mute = 1시간 음소거
button-unmute = 음소거 해제
button-alerts-off = 알림 끄기
button-alerts-on = 알림 켜기
button-check = 지금 점검
button-edit = 수정
button-remove = 삭제
button-keep = 유지
button-remove-them = 모두 삭제
button-keep-them = 모두 유지
button-archive = 보관
button-unsubscribe = 구독 해제
button-previous = 이전
button-next = 다음
button-status = 현황 보기
button-list = 서버 목록
button-how-to-add = 서버 추가 방법
button-add = 서버 추가
button-add-many = 여러 대 추가
button-find = 찾기
button-show-all = 전체 보기

rough-days = { $count }일
rough-hours = { $count }시간
rough-minutes = { $count }분
rough-seconds = { $count }초
rough-pair = { $before } { $last }
rough-instant = 1초 미만

exact-days = { $count }일
exact-hours = { $count }시간
exact-minutes = { $count }분
exact-seconds = { $count }초
exact-milliseconds = { $count }밀리초
exact-pair = { $before } { $last }

kind-dns = DNS 조회 실패
kind-refused = 연결 거부
kind-unreachable = 도달 불가
kind-connect-timeout = 연결 시간 초과
kind-tls = TLS 오류
kind-timeout = 응답 시간 초과
kind-http-status = HTTP 상태 오류
kind-bad-response = 잘못된 응답
kind-websocket-rejected = WebSocket 연결 거절
kind-websocket-closed = WebSocket 연결 종료
kind-reset = 연결 끊김
kind-forbidden-address = 금지된 주소

failure-plain = { $kind } ({ $detail })

answered-in = 🟢 { $milliseconds }ms 만에 응답했습니다.
check-failed = 🔴 점검에 실패했습니다: { $failure }
check-not-made = 🟡 점검하지 못했습니다. Healthbot 쪽 문제: { $trouble }.
trouble-descriptors = 파일 디스크립터 부족
trouble-memory = 메모리 부족
trouble-ports = 로컬 포트 부족
trouble-no-route = 네트워크 경로 없음
trouble-offline = 네트워크 연결 끊김
trouble-asleep = 장비 절전에서 막 깨어나 네트워크 복구 대기 중

line-down-for = { $span }째

and = { $before }·{ $last }
count-servers = 서버 { $count }대

change-line = { $when }  { $who }: { $what } { $via }
change-by-script = 스크립트
change-by-inventory = 인벤토리
change-by-import = 가져오기
change-by-somebody = 누군가
change-via-command = (명령)
change-via-button = (버튼)
change-via-form = (입력 창)
change-via-home = (홈)
change-via-api = (API)
change-via-inventory = (인벤토리)
change-via-import = (다른 모니터에서)
change-via-slack = (Slack)
change-of-webhook = 웹훅 *{ $webhook }*
change-of-defaults = 기본값
change-added = { $of } 추가
change-edited = { $of } 변경: { $edits }
change-removed = { $of } 삭제
change-alerts-on = { $of } 알림 켜기
change-alerts-off = { $of } 알림 끄기
change-muted = { $of } 음소거, { $until }까지
change-unmuted = { $of } 음소거 해제
change-acknowledged = { $of } 장애 확인
change-subscribed = { $of } 구독
change-subscribed-to = { $of } 구독 ({ $environments }만)
change-unsubscribed = { $of } 구독 해제
change-created = { $of } 생성
change-archived = { $of } 보관
change-more = 외 { $more }건
