# 複数の場所で使う言葉。一つのものに一つの言葉。

severity-0 = 致命的（全面停止）
severity-1 = 致命的
severity-2 = 重大
severity-3 = 軽微
severity-4 = 顧客への影響なし

status-detected = 検知
status-triage = 切り分け
status-investigating = 調査中
status-identified = 原因特定
status-monitoring = 経過観察
status-resolved = 解決
status-closed = 終了
status-merged = 統合済み

alert-status-firing = 発生中
alert-status-resolved = 解消
alert-severity-critical = 致命的
alert-severity-error = エラー
alert-severity-warning = 警告
alert-severity-info = 情報

source-monitoring = 監視
source-customer_report = 顧客からの報告
source-staff = 社内で発見
source-unknown = 不明

role-viewer = 閲覧者
role-responder = 対応者
role-manager = 管理担当
role-admin = 管理者

time-impact_started = 影響開始
time-detected = 検知
time-declared = 宣言
time-acknowledged = 対応開始
time-first_public = 最初の公開通知
time-mitigated = 軽減
time-impact_ended = 影響終了
time-resolved = 解決
time-resolution_announced = 解決の通知
time-closed = 終了

evidence-graph = グラフ
evidence-log = ログ
evidence-change = 変更
evidence-conversation = 会話
evidence-other = その他

why-step = { $service }：エスカレーションの第{ $step }段階（前の段階から{ $delay }後）の対象が{ $target }です
why-step-first = { $service }：エスカレーションの最初の段階の対象が{ $target }です
why-step-round = { $service }：エスカレーション{ $round }巡目、第{ $step }段階の対象が{ $target }です
why-exhausted = エスカレーションのどの段階でも対応が始まらなかったため、予備の連絡先であるあなたに通知しました
why-nobody_to_page = エスカレーションのどの段階にも連絡できる人がいないため、予備の連絡先であるあなたに通知しました
why-requested = { $person }さんがあなたを呼びました
why-requested-system = あなたが呼ばれました
why-handed_over = { $person }さんがインシデントをあなたに引き継ぎました
why-handed_over-system = インシデントがあなたに引き継がれました
target-you = あなた
target-team = チーム「{ $team }」
target-person = { $person }さん

error-field-required = 入力が必要です
error-field-too_long = 長すぎます
error-field-bad_characters = 使用できない文字が含まれています
error-field-malformed = 形式が正しくありません
error-field-unknown = 存在しません
error-field-taken = すでに使われています
error-field-out_of_range = 範囲外です
error-field-contradiction = ほかの項目と矛盾しています

refusal-already_declared = このインシデントはすでに存在します
refusal-incident_ended = インシデントは終わっています
refusal-incident_merged = 統合先のインシデントで続いています
refusal-merge_self = インシデントを自分自身に統合することはできません
refusal-merge_target_ended = 統合先のインシデントは終わっています
refusal-reopen_window_over = 解決から時間が経ちすぎています。新しいインシデントを宣言し、再発として関連付けてください
refusal-not_resolved = 終了できるのは解決済みのインシデントだけです
refusal-note_withdrawn = すでに取り消されています
refusal-last_admin = 先に別の人を管理者にしてください
refusal-entry_in_use = まだ使われています
refusal-settings_needed = 設定はアーカイブできません
refusal-stale_generation = このリンクは以前のアラームのものです
refusal-forbidden = この操作は許可されていません
refusal-not_found = 存在しません
refusal-conflict = 同時にほかの人が変更しました。確認してもう一度お試しください
refusal-unavailable = 現在保存できません。少し待ってからもう一度お試しください
refusal-too_many_tries = パスワードの間違いが続いています。しばらく待ってから、もう一度お試しください
refusal-merge_self_test = Hansei自身のセルフテストは統合できません
refusal-group_has_active = アラートは現在、未解決の別のインシデントに属しています。そちらで続けてください
