# タイムラインと履歴の文。引数は人、時刻、重大度など。マークアップではない。

who-system = Hansei
who-console = コンソール
who-integration = 連携
door-token = API経由
door-link = 通知のリンクから
door-mail = メールの返信で
door-file = 設定ファイルから

line-declared = { $actor }がインシデントを{ $severity }として宣言しました
line-declared-held = { $actor }がインシデントを{ $severity }として宣言し、担当になりました
line-declared-rule = { $service }のルールがインシデントを{ $severity }として宣言しました
line-requested = { $actor }が{ $people }を呼びました
line-acknowledged = { $actor }が対応を開始し、担当になりました
line-acknowledged-sender = { $actor }が送信元で対応を開始しました
line-acknowledged-sender-alert = { $actor }が送信元で{ $alert }の対応を開始しました
line-answered = { $actor }も応答しました
line-ack-expired = { $person }の対応開始後に動きがないため、もう一度通知します
line-ack-expired-nobody = 対応開始後に動きがないため、もう一度通知します
line-handed-over = { $actor }がインシデントを{ $person }に引き継ぎました
line-handed-over-untaken = { $actor }がインシデントを{ $person }に割り当てました。誰かが対応を開始するまでエスカレーションは続きます
line-taken-over = { $actor }が{ $from }からインシデントを引き継ぎました
line-taken = { $actor }がインシデントの担当になりました
line-status = { $actor }が状態を{ $from }から{ $to }に変更しました
line-severity-raised = { $actor }が重大度を{ $from }から{ $to }に上げました
line-severity-lowered = { $actor }が重大度を{ $from }から{ $to }に下げました
line-severity-alert = 重大度が{ $from }から{ $to }に変わりました
line-alerts-joined = アラートが{ $count }件加わりました
line-retitled = { $actor }が題名を「{ $from }」から「{ $to }」に変更しました
line-time-set = { $actor }が「{ $which }」を{ $to }に設定しました
line-time-changed = { $actor }が「{ $which }」を{ $from }から{ $to }に変更しました
line-time-cleared = { $actor }が「{ $which }」を削除しました（以前は{ $from }）
line-time-cleared-unset = { $actor }が「{ $which }」を削除しました
line-scope-added = { $actor }が影響範囲に追加しました：{ $places }
line-scope-changed = { $actor }が影響範囲を訂正しました：{ $places }
line-scope-ended = { $actor }が影響の終了を記録しました：{ $places }
line-scope-removed = { $actor }が影響範囲から削除しました：{ $places }
line-scope-removed-unknown = { $actor }が影響範囲の一項目を削除しました
line-commented = { $actor }がコメントしました
line-pinned = { $actor }が証拠を固定しました：{ $evidence }
line-corrected = { $actor }が記述を訂正しました
line-withdrawn = { $actor }が記述を取り消しました
line-resolved = { $actor }がインシデントを解決しました
line-resolved-last-alert = 最後のアラートが解消し、インシデントも解決しました
line-reopened = { $actor }がインシデントを再開しました
line-reopened-alert = アラートが再び発生したため、インシデントを再開しました
line-closed = { $actor }がインシデントを終了しました
line-merged-into = { $actor }がこのインシデントを{ $incident }に統合しました
line-absorbed = { $actor }が{ $incident }をこのインシデントに統合しました
line-recurrence-of = { $actor }がこのインシデントを{ $incident }の再発として関連付けました
line-recurrence-none = { $actor }が再発としての関連付けを取り消しました
line-recurred-later = { $incident }として再発しました
line-recurred-not = { $actor }が{ $incident }としての再発の関連付けを取り消しました
line-past-impact = { $actor }が以前の影響期間を訂正しました：{ $from }を{ $to }に
line-deadlines-moved = ずれていた時計が元に戻されたため、今後の予定を数え直しました

line-escalation = { $steps ->
    [0] エスカレーションを開始しましたが、段階がありません
   *[other] エスカレーションを開始しました（{ $steps }段階）
}
line-escalation-again = { $steps ->
    [0] { $generation }回目の通知を開始しましたが、エスカレーションの段階がありません
   *[other] エスカレーションを最初からやり直しました（{ $generation }回目、{ $steps }段階）
}
line-step-awaited = エスカレーションの最初の段階は{ $at }です
line-escalation-again-by = { $steps ->
    [0] { $actor }が{ $generation }回目の通知を開始しましたが、エスカレーションの段階がありません
   *[other] { $actor }がエスカレーションを最初からやり直しました（{ $generation }回目、{ $steps }段階）
}
line-step = 第{ $step }段階で{ $people }に通知しました
line-step-round = 第{ $step }段階（{ $round }巡目）で{ $people }に通知しました
line-step-nobody = 第{ $step }段階には連絡できる人がいないため、すぐ次の段階に進みます
line-exhausted = どの段階でも応答がなかったため、予備の連絡先に通知しました：{ $people }
line-exhausted-nobody = どの段階にも連絡できる人がいないため、予備の連絡先に通知しました：{ $people }
line-exhausted-silent = どの段階でも応答がなく、予備の連絡先もないため、これ以上は通知していません

line-page-requested = { $person }に通知します
line-page-no-channel = { $person }の連絡先がないため、通知できません
line-page-channel = まだ応答がないため、{ $person }に{ $channel }でも通知します
line-page-delivered = { $person }への通知（{ $channel }）が受け付けられました
line-page-failed = { $person }への通知（{ $channel }、{ $attempt }回目）に失敗しました：{ $error }
line-page-escalated = 次の段階までに{ $person }の応答がありませんでした
line-page-ended-acknowledged = 対応が始まったため、{ $person }への通知を終えました
line-page-ended-resolved = インシデントが終わったため、{ $person }への通知を終えました
line-page-ended-superseded = 新しい通知に替わったため、{ $person }への通知を終えました
line-page-ended-escalated = ほかの人に通知したため、{ $person }への通知を終えました
line-page-ended-merged = インシデントが統合されたため、{ $person }への通知を終えました
line-page-ended-gone = { $person }は利用者ではなくなったため、通知を終えました
line-page-retry-moved = 時計が戻されたため、{ $person }への通知をいま再試行します（{ $channel }）
line-page-channel-moved = 時計が戻されたため、{ $person }への次の手段は{ $at }に始まります

line-alert-opened = アラート「{ $alert }」が発生しました（報告元：{ $actor }）
line-alert-reopened = アラート「{ $alert }」が再び発生しました（報告元：{ $actor }）
line-alert-changed = アラート「{ $alert }」の内容が変わりました（報告元：{ $actor }）
line-alert-resolved-unseen = { $actor }がアラート「{ $alert }」の解消を発生より先に報告しました
line-alert-resolved-sender = アラート「{ $alert }」が解消しました（報告元：{ $actor }）
line-alert-resolved-expired = アラート「{ $alert }」は期限までに続報がなかったため解消とみなしました
line-alert-resolved-incident = アラート「{ $alert }」はインシデントとともに終わりました
line-alert-resolved-person = { $actor }がアラート「{ $alert }」を終わらせました

line-entry-put = { $actor }が「{ $entry }」を保存しました
line-entry-archived = { $actor }が「{ $entry }」をアーカイブしました
line-entry-restored = { $actor }が「{ $entry }」を元に戻しました
line-entry-audited = { $actor }が「{ $entry }」を操作しました

placed-this = このインシデント
placed-declared = ルールによりこのアラートのために{ $incident }を宣言しました
placed-same_group = 同じグループのアラートで開いていた{ $incident }に加わりました
placed-recurred = { $incident }の再開期間内に再発しました
placed-person = 人が{ $incident }に割り当てました
left-below_threshold = インシデントなし：この重大度のアラートでは宣言しない設定です
left-service_archived = インシデントなし：サービスがアーカイブされています
left-self_test = インシデントなし：Hansei自身の自己診断です
line-alert-waited = 送信元からの連絡が途絶えましたが、届かなかった可能性があるため{ $until }まで待ちます

fact-for-alert = きっかけのアラート：{ $alert }
fact-source = 発見元：{ $source }
fact-severity-rule = 重大度「{ $alert }」のアラートは{ $severity }になります
fact-severity-worse = 重大度「{ $alert }」のアラートが加わりました
fact-severity-merged = この重大度だった{ $incident }が統合されました
fact-recurrence = { $incident }の再発です
fact-alarms-again = 動きがない場合の再通知：{ $at }
fact-next-step = 誰も対応しない場合の次の段階：{ $at }
fact-impact-ended = { $at }以降、顧客への影響はありません
fact-alert-severity = アラートの重大度：{ $severity }
fact-senders-clock = 送信元の時計では{ $at }
fact-receipt = 相手の応答：{ $receipt }
fact-tried-again = 次の試行：{ $at }
fact-not-tried-again = この手段ではもう試しません

paged-exhausted = エスカレーションのどの段階でも応答がなく、{ $person }は予備の連絡先です
paged-nobody_to_page = エスカレーションのどの段階にも連絡できる人がおらず、{ $person }は予備の連絡先です
paged-requested = { $actor }が{ $person }を呼びました
paged-handed_over = { $actor }がインシデントを{ $person }に引き継ぎました

channel-email = メール
channel-webhook = Webhook
channel-loopback = 自己診断
channel-unknown = いずれかの手段

scope-all-pods = すべてのポッド
scope-from-until = { $from }から{ $until }まで
scope-from = { $from }から
scope-until = { $until }まで（開始は不明）

trace-first = { $service }でこのキーのアラートは初めてのため、新しく作りました
trace-again = { $service }はこのキーを知っています：{ $episode }回目の発生です
trace-unseen = これまでに届いたのは解消の報告だけです。発生の報告が遅れて届いても、発生とは扱いません
trace-rule = { $service }のルールでは、重大度「{ $alert }」のアラートは{ $severity }になります
trace-rule-none = { $service }のルールでは、重大度「{ $alert }」のアラートからインシデントを宣言しません
trace-expires = 続報がなければ{ $at }に自動で解消します
trace-until-resolved = 送信元、インシデント、または人が終わらせるまで発生中のままです
