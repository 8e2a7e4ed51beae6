# Alarme per Mail.

mail-acknowledge = Übernehmen
mail-resolve = Beheben
mail-open = Vorfall öffnen
mail-runbook = Runbook
mail-severity = Schweregrad
mail-service = Dienst
mail-status = Status
mail-noticed = Bemerkt
mail-alerts =
    { $count ->
        [one] 1 Alarm feuert
       *[other] { $count } Alarme feuern
    }
mail-more = und { $count } weitere
mail-why = Warum Sie das bekommen
mail-reply = Sie können auch auf diese Mail antworten: „übernehme“ oder „gelöst“.
