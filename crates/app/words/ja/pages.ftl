# 初期設定、サインイン、サービス、連携、カタログ、メンバー、設定、システム。

## 初期設定

setup-title = Hanseiの初期設定
setup-lead = このページはコンソールに表示されたリンクで一度だけ開きます。最初の管理者を作成します。
setup-organisation = 組織名
setup-name = お名前
setup-email = メールアドレス
setup-password = パスワード
setup-password-hint = 12文字以上。文章がおすすめです。
setup-locale = 言語
setup-zone = タイムゾーン
setup-zone-hint = 時刻はこのタイムゾーンで表示します。保存は常にUTCです。
setup-go = 設定してサインイン
setup-done = 初期設定が完了しました。あと3つの手順で最初の通知が届きます。
setup-gone-title = この設定リンクは無効です
setup-gone-used = Hanseiはすでに設定済みです。サインインするか、管理者に追加を依頼してください。
setup-gone-wrong = 空のストアでHanseiを起動するたびに新しいリンクが作られ、以前のリンクは使えなくなります。コンソールに表示された最新のリンク全体をお使いください。
password-strength-short = 短すぎます：あと{ $missing }文字
password-strength-fair = 十分な長さです。長いほど安全です
password-strength-good = 良好

## サインイン

signin-title = サインイン
signin-to = { $organisation }
signin-email = メールアドレス
signin-password = パスワード
signin-go = サインイン
signin-wrong = メールアドレスまたはパスワードが正しくありません。
signin-throttled = 試行回数が多すぎます。次は{ $time }（{ $span }後）から試せます。
signin-help = サインインできない場合は、管理者にリンクの発行を依頼してください。
signin-empty = まだ誰もサインインできません。コンソールに表示された設定リンクをお使いください。
signout-done = サインアウトしました。

## リンクによるパスワード設定

password-title = パスワードの設定
password-lead = { $name }さん（{ $email }）のパスワードです。設定後、そのままサインインします。
password-new = 新しいパスワード
password-go = 保存してサインイン
password-done = パスワードを設定しました。
password-gone-title = このリンクは無効です
password-gone-text = パスワード設定リンクは72時間以内に一度だけ使えます。新しいリンクが発行されると古いものは無効になります。管理者に再発行を依頼してください。

## はじめの手順

checklist-title = 最初の通知までの3つの手順
checklist-progress = 3件中{ $done }件完了
checklist-service = サービスを作成する
checklist-service-text = アラートの対象と、障害時に通知する相手を決めます。
checklist-key = 送信元を接続する
checklist-key-text = Prometheus、Alertmanager、PagerDutyイベント、またはJSONを専用のキーで接続します。
checklist-alert = テストアラートを送信する
checklist-alert-text = 実際の経路を通り、受信箱への通知まで確認できます。
checklist-done = 完了

## 複数ページ共通の部品

form-needs-you = 確認が必要な項目があります
copy = コピー
copied = コピーしました
save = 保存
discard = 破棄
edit = 編集
add = 追加
remove = 削除
archive = アーカイブ
restore = 元に戻す
move-up = 上へ移動
move-down = 下へ移動
filter = 絞り込む
actions = 操作
back = 戻る
saved = 保存しました。
archived-done = 「{ $name }」をアーカイブしました。新たに使うことはできませんが、参照はこれまでどおり読めます。
restored-done = 「{ $name }」を元に戻しました。
yes = はい
no = いいえ
none = なし
never = なし
optional = 任意
archived = アーカイブ済み
from-file = ファイル
from-file-hint = 設定ファイルにも記載されています。ここでの変更は残ります。ファイルを再適用しても、ファイル側で新しくなった項目だけが変わります。
conflict-title = 編集中に{ $name }さんが変更しました
conflict-text = まだ保存されていません。入力内容はそのまま残っています。{ $time }の変更：
conflict-save = 自分の内容で上書き保存
history-title = 変更履歴
history-none = まだ変更はありません。
change-made = が作成しました
change-changed = が変更しました
change-archived = がアーカイブしました
change-restored = が元に戻しました
change-fields = { $count }項目
via-token = APIトークン経由
via-link = リンク経由
via-mail = メール経由
via-file = 設定ファイル経由
actor-console = コンソール
audit-password_set = パスワードを設定
audit-password_link_made = パスワード設定リンクを発行
audit-session_started = サインイン
audit-session_ended = セッションを終了
audit-sessions_ended = すべてのセッションを終了
audit-token_created = APIトークンを作成
audit-token_revoked = APIトークンを取り消し
audit-console_access = コンソールからのアクセス
audit-contact_secret_renewed = Webhookのシークレットを更新
audit-trial_sent = 試験通知を送信
field-name = 名前
field-slug = 短縮名
field-description = 説明
field-members = メンバー
field-email = メールアドレス
field-role = 権限
field-locale = 言語
field-zone = タイムゾーン
field-theme = テーマ
field-contacts = 連絡先
field-next-contact = 次の連絡先までの時間
field-product = 製品
field-region = リージョン
field-owner = 担当チーム
field-components = コンポーネント
field-runbook = ランブック
field-step = 第{ $number }段階
field-repeat = 繰り返し回数
field-exhaust = 最終段階から予備の連絡先までの時間
field-ack-timeout = 進展がない場合の再通知までの時間
field-rule-critical = アラート「致命的」
field-rule-error = アラート「エラー」
field-rule-warning = アラート「警告」
field-rule-info = アラート「情報」
field-page-up-to = 通知する重大度の下限
field-group-by = インシデントのまとめ方
field-auto-resolve = 最後のアラートとともに解決
field-reopen-window = 再オープンの期間
field-service = サービス
field-format = 形式
field-secrets = シークレット
field-fallback = 予備の連絡先
step-line = { $span }後：{ $who }
rule-stays-alert = アラートのまま
group-service = サービスの全アラート
group-alert = アラートごとに個別
look-system = システムに合わせる
look-light = ライト
look-dark = ダーク
contact-email = メール
contact-webhook = Webhook
contact-loopback = 自己診断
format-pagerduty = PagerDuty Events v2
format-alertmanager = Prometheus、Alertmanager
format-json = JSON
format-internal = Hansei自身
trial-title = これは試験通知です：障害は発生していません
trial-reason = あなたまたは管理者が、この連絡先の試験送信を依頼しました
refusal-trial_too_soon = 試験通知を送信したばかりです。少し待ってからもう一度お試しください
