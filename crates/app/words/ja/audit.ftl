# Hansei が自分自身について伝えること。

audit-incident-title = Hansei の自己監査：通知が届いていない人がいるおそれがあります
audit-incident-severity = 自己監査で 2 回続けて見つかりました。送られているはずの通知が送られていません。
