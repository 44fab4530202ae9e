# 입력 창과 홈 화면.

form-add = 서버 추가
form-add-submit = 추가
form-edit = 서버 수정
form-save = 저장
form-add-many = 여러 대 추가
form-cancel = 취소
form-done = 닫기
form-as-by-default = { $value }(기본값)
form-type-by-address = 주소에 따라
form-name-taken = 이미 있는 서버 이름입니다: { $server }
nothing-saved = 🤔 저장하지 않았습니다.
waiting = ⏳ 점검이 진행 중입니다. 결과가 여기에 표시됩니다.

many-label = 서버 목록
many-hint = 한 줄에 하나씩 NAME URL key=value 형식으로 적습니다. 공백이 있는 이름은 따옴표로 묶습니다. 각 줄의 결과를 먼저 보여 드린 다음에 추가합니다.
many-check = 확인
many-check-again = 다시 확인
many-add = { $count }대 추가
many-sound = *모든 줄이 올바릅니다. 아직 추가하지 않았습니다.*
many-wrong = *고칠 줄이 { $count }개 있습니다. 아직 추가하지 않았습니다.*
many-line-wrong = ❌ { $number }번째 줄: { $error }
many-store-trouble = 저장소 오류로 저장하지 못했습니다({ $reason }).
many-added = *서버 { $count }대의 감시를 시작합니다.*
many-no-lines = 한 줄에 서버 하나씩 적어 주세요. 예: api https://10.0.0.5:8080/healthz

find-title = 서버 찾기
find-hint = 이름이나 주소의 일부를 적습니다. 비우면 모든 서버를 표시합니다.

home-nothing = 아직 감시하는 서버가 없습니다
home-none-down = { $servers ->
    [1] 🟢 서버 장애 없음
   *[other] 🟢 서버 { $servers }대 모두 장애 없음
}
home-down = { $servers ->
    [1] 🔴 서버 장애
   *[other] 🔴 서버 { $servers }대 중 { $down }대 장애
}
home-first-steps = 서버를 점검하고, 장애와 원인, 복구를 몇 초 안에 채널에 알립니다.
    {"*"}1.*  서버를 추가합니다.
    {"*"}2.*  채널에 Healthbot을 초대합니다. 그때부터 그 채널에 알립니다.
home-first-steps-operator = 첫 단계는 운영자가 할 수 있습니다.
home-count = { $state } { $count }
home-down-now = 현재 장애
home-everything-else = 그 밖의 서버
home-every-server = 모든 서버
home-only-down = 장애
home-only-muted = 음소거
home-only-off = 알림 꺼짐
home-every-environment = 모든 환경
home-found = { $shown ->
    [0] 서버 { $servers }대 중 조건에 맞는 서버가 없습니다.
   *[other] 서버 { $servers }대 중 { $shown }대
}
home-found-with = { $shown ->
    [0] 서버 { $servers }대 중 이름이나 주소에 “{ $search }” 문자열이 있는 서버가 없습니다.
   *[other] 서버 { $servers }대 중 이름이나 주소에 “{ $search }” 문자열이 있는 { $shown }대
}
home-since = ({ $since }부터)
home-acknowledged = 👀 { $person } 님이 확인({ $when })
home-page = { $pages }쪽 중 { $page }쪽
home-changes = 최근 변경
home-defaults = 기본값: { $rhythm }
home-channels-none = *아직 알림을 받는 채널이 없습니다.* 채널에 초대하거나 채널에서 `/health subscribe` 명령을 입력해 주세요.
home-channels-more = 외 { $count }개: 전체는 `/health channels` 명령으로 볼 수 있습니다.
