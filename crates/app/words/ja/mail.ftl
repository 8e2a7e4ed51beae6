# メールでの呼び出し。

mail-acknowledge = 対応を始める
mail-resolve = 解決にする
mail-open = インシデントを開く
mail-runbook = 手順書
mail-severity = 重大度
mail-service = サービス
mail-status = 状態
mail-noticed = 検知時刻
mail-alerts = 発生中のアラート{ $count }件
mail-more = ほか{ $count }件
mail-why = このメールが届いた理由
mail-reply = このメールに「対応」または「解決」と返信することもできます。
