# Einrichten, Anmelden, Dienste, Anbindungen, Katalog, Personen, Einstellungen, System.

## Einrichten

setup-title = Hansei einrichten
setup-lead = Diese Seite öffnet sich einmal, mit dem Link von der Konsole. Sie legt die erste Person mit Administrationsrechten an.
setup-organisation = Organisation
setup-name = Ihr Name
setup-email = E-Mail
setup-password = Passwort
setup-password-hint = Mindestens 12 Zeichen. Am besten ein ganzer Satz.
setup-locale = Sprache
setup-zone = Zeitzone
setup-zone-hint = Zeiten werden in dieser Zone gezeigt. Gespeichert wird immer UTC.
setup-go = Einrichten und anmelden
setup-done = Hansei ist eingerichtet. Drei Schritte führen zur ersten Benachrichtigung.
setup-gone-title = Dieser Einrichtungslink gilt nicht
setup-gone-used = Hansei ist bereits eingerichtet. Melden Sie sich an; eine Person mit Administrationsrechten kann Sie hinzufügen.
setup-gone-wrong = Jeder Start von Hansei mit leerem Speicher erzeugt einen neuen Link, und die früheren gelten nicht mehr. Nehmen Sie den neuesten von der Konsole, vollständig.
password-strength-short = Zu kurz: noch { $missing } Zeichen
password-strength-fair = Lang genug; länger ist sicherer
password-strength-good = Gut

## Anmelden

signin-title = Anmelden
signin-to = bei { $organisation }
signin-email = E-Mail
signin-password = Passwort
signin-go = Anmelden
signin-wrong = E-Mail oder Passwort ist falsch.
signin-throttled = Zu viele Versuche. Der nächste zählt ab { $time }, in { $span }.
signin-help = Kein Zugang? Eine Person mit Administrationsrechten kann Ihnen einen Link geben.
signin-empty = Noch kann sich niemand anmelden: Die Konsole zeigt den Link zum Einrichten.
signout-done = Sie sind abgemeldet.

## Passwort per Link

password-title = Passwort wählen
password-lead = Für { $name }, { $email }. Danach sind Sie sofort angemeldet.
password-new = Neues Passwort
password-go = Speichern und anmelden
password-done = Ihr Passwort ist gesetzt.
password-gone-title = Dieser Link gilt nicht mehr
password-gone-text = Links für ein Passwort gelten einmal und 72 Stunden; ein neuerer macht einen älteren ungültig. Eine Person mit Administrationsrechten kann Ihnen einen neuen geben.

## Erste Schritte

checklist-title = Drei Schritte bis zur ersten Benachrichtigung
checklist-progress = { $done } von 3 erledigt
checklist-service = Einen Dienst anlegen
checklist-service-text = Wovon Alarme handeln, und wer es erfährt, wenn er ausfällt.
checklist-key = Einen Absender anbinden
checklist-key-text = Prometheus, Alertmanager, PagerDuty-Ereignisse oder einfaches JSON, mit eigenem Schlüssel.
checklist-alert = Einen Testalarm senden
checklist-alert-text = Er nimmt den echten Weg, bis zur Benachrichtigung in Ihrem Postfach.
checklist-done = erledigt

## Bausteine vieler Seiten

form-needs-you = Einige Angaben brauchen Sie
copy = Kopieren
copied = Kopiert
save = Speichern
discard = Verwerfen
edit = Bearbeiten
add = Hinzufügen
remove = Entfernen
archive = Archivieren
restore = Wiederherstellen
move-up = Nach oben
move-down = Nach unten
filter = Filtern
actions = Aktionen
back = Zurück
saved = Gespeichert.
archived-done = { $name } ist archiviert. Nichts Neues kann es benutzen; was darauf verweist, bleibt lesbar.
restored-done = { $name } ist wieder in Gebrauch.
yes = ja
no = nein
none = keine
never = nie
optional = freiwillig
archived = Archiviert
from-file = Aus Datei
from-file-hint = Auch in einer Konfigurationsdatei beschrieben. Was Sie hier ändern, bleibt: Erneutes Anwenden der Datei ändert nur, was in ihr neu ist.
conflict-title = { $name } hat das geändert, während Sie es offen hatten
conflict-text = Von Ihnen ist noch nichts gespeichert; alle Eingaben stehen noch da. Geändert { $time }:
conflict-save = Meines darüber speichern
history-title = Wer hat was geändert
history-none = Noch wurde nichts geändert.
change-made = hat es angelegt
change-changed = hat es geändert
change-archived = hat es archiviert
change-restored = hat es wiederhergestellt
change-fields = { $count } Felder
via-token = mit API-Token
via-link = per Link
via-mail = per E-Mail
via-file = aus einer Konfigurationsdatei
actor-console = Die Konsole
audit-password_set = Passwort gesetzt
audit-password_link_made = Link für ein Passwort erstellt
audit-session_started = Angemeldet
audit-session_ended = Eine Sitzung beendet
audit-sessions_ended = Alle Sitzungen beendet
audit-token_created = API-Token erstellt
audit-token_revoked = API-Token widerrufen
audit-console_access = Zugang über die Konsole
audit-contact_secret_renewed = Webhook-Geheimnis erneuert
audit-trial_sent = Probe gesendet
field-name = Name
field-slug = Kurzname
field-description = Beschreibung
field-members = Mitglieder
field-email = E-Mail
field-role = Rolle
field-locale = Sprache
field-zone = Zeitzone
field-theme = Aussehen
field-contacts = Erreichbar über
field-next-contact = Nächster Kontakt nach
field-product = Produkt
field-region = Region
field-owner = Zuständig
field-components = Komponenten
field-runbook = Runbook
field-step = Stufe { $number }
field-repeat = Wiederholungen
field-exhaust = Rückfallebene nach der letzten Stufe
field-ack-timeout = Alarmiert ohne Fortschritt erneut nach
field-rule-critical = Alarm kritisch
field-rule-error = Alarm Fehler
field-rule-warning = Alarm Warnung
field-rule-info = Alarm Hinweis
field-page-up-to = Benachrichtigt bis
field-group-by = Gemeinsamer Vorfall
field-auto-resolve = Endet mit dem letzten Alarm
field-reopen-window = Öffnet sich erneut innerhalb von
field-service = Dienst
field-format = Format
field-secrets = Geheimnisse
field-fallback = Rückfallebene
step-line = nach { $span }: { $who }
rule-stays-alert = bleibt ein Alarm
group-service = alle Alarme des Dienstes
group-alert = jeder Alarm ein eigener
look-system = wie das System
look-light = hell
look-dark = dunkel
contact-email = E-Mail
contact-webhook = Webhook
contact-loopback = Selbsttest
format-pagerduty = PagerDuty Events v2
format-alertmanager = Prometheus, Alertmanager
format-json = JSON
format-internal = Hansei selbst
trial-title = Dies ist eine Probe: Es ist nichts passiert
trial-reason = Sie oder die Administration haben diesen Kontakt erproben lassen
refusal-trial_too_soon = Gerade wurde eine Probe gesendet. Bitte kurz warten und dann noch einmal

## Katalog

catalogue-title = Katalog
catalogue-kinds = Arten von Einträgen
catalogue-products = Produkte
catalogue-components = Komponenten
catalogue-pods = Pods
catalogue-teams = Teams
catalogue-products-lead = Was Kunden beim Namen kennen.
catalogue-components-lead = Die Teile eines Produkts, die für sich ausfallen können.
catalogue-pods-lead = Unabhängige Installationen, jede für einen Teil der Kunden.
catalogue-teams-lead = Menschen, die Dienste verantworten und gemeinsam benachrichtigt werden.
catalogue-products-empty = Noch kein Produkt
catalogue-components-empty = Noch keine Komponente
catalogue-pods-empty = Noch kein Pod
catalogue-teams-empty = Noch kein Team
catalogue-new-product = Produkt hinzufügen
catalogue-new-component = Komponente hinzufügen
catalogue-new-pod = Pod hinzufügen
catalogue-new-team = Team hinzufügen
catalogue-team-empty = niemand: Benachrichtigungen erreichen niemanden
catalogue-team-empty-text = Dieses Team hat keine Mitglieder. Eine Stufe, die nur dieses Team nennt, erreicht niemanden und wird übersprungen.
kind-team = Team
kind-person = Person
kind-product = Produkt
kind-component = Komponente
kind-pod = Pod
kind-service = Dienst
kind-key = Schlüssel
kind-settings = Einstellungen
slug-hint = Steht in Adressen, Dateien und auf der Befehlszeile. Links mit dem alten gelten dann nicht mehr.
slug-hint-new = Steht in Adressen, Dateien und auf der Befehlszeile. Leer gelassen entsteht er aus dem Namen.
members-hint = In dieser Reihenfolge; nennt eine Stufe das Team, werden alle zugleich benachrichtigt.
picker-empty = Noch nichts zur Auswahl.
unreachable = nicht erreichbar
used-by = Benutzt von
used-by-nothing = nichts
right-now = Gerade jetzt
quiet = ruhig
facts = Angaben
breadcrumb = Wo Sie sind
edit-named = { $name } bearbeiten
search-here = In dieser Liste suchen
nothing-found = Nichts gefunden
nothing-found-text = Zu diesem Filter passt nichts.
archive-ask = { $name } archivieren?
archive-why = Nichts Neues kann es dann benutzen. Was darauf verweist, bleibt lesbar, und es lässt sich wiederherstellen.
archive-used = Archivieren geht, sobald nichts es mehr benutzt.
open-incidents = { $count ->
    [one] 1 Vorfall
    *[other] { $count } Vorfälle
    }
alerts-firing = { $count ->
    [one] 1 Alarm aktiv
    *[other] { $count } Alarme aktiv
    }

## Dienste

services-title = Dienste
services-lead = Wofür Alarme eingehen, wer dafür zuständig ist und wer benachrichtigt wird.
services-empty = Noch kein Dienst
services-empty-text = Ein Dienst ist das, wovon Alarme handeln. Er legt fest, wann aus einem Alarm ein Vorfall wird und wer es erfährt.
service-new = Dienst hinzufügen
any-team = Jedes Team
service-steps = { $count ->
    [0] keine Stufen: Rückfallebene wird benachrichtigt
    [one] 1 Stufe
    *[other] { $count } Stufen
    }
service-second = { $span } bis zur zweiten
service-keys = { $count } Schlüssel
service-warnings = { $count ->
    [one] 1 Warnung
    *[other] { $count } Warnungen
    }
service-quiet = Kein offener Vorfall, kein aktiver Alarm.
service-all-alerts = Alle Alarme dieses Dienstes
service-who = Wer jetzt benachrichtigt würde
service-who-alert = Käme dieser Alarm:
service-becomes = Daraus wird ein Vorfall
service-tells-nobody = und niemand wird benachrichtigt: Diese Schwere benachrichtigt nicht.
service-stays-alert = Es bleibt beim Alarm: kein Vorfall, keine Benachrichtigung.
service-rule = Vom Alarm zum Vorfall
service-rule-text = Wozu jede Schwere eines Alarms führt. „Bleibt ein Alarm“ heißt: Er ist zu sehen, und niemand wird benachrichtigt.
rule-alert = Alarm
rule-becomes = wird zu
rule-tells = benachrichtigt
group-labels = Alarme mit gleichem { $names }
service-no-keys = Noch erreicht kein Absender diesen Dienst.
service-archive-keys = Vor dem Archivieren die Schlüssel widerrufen.
service-what = Was es ist
service-owner-hint = Wem er gehört. Wer benachrichtigt wird, steht unten in den Stufen.
service-runbook-hint = Jede Benachrichtigung trägt diesen Link.
service-components-hint = Die Teile von Produkten, die dieser Dienst trägt.
service-escalation = Wer wann benachrichtigt wird
service-escalation-text = Jede Stufe wartet ihre Frist nach der vorigen ab und benachrichtigt dann alle ihre Personen zugleich, bis jemand übernimmt. Laufende Vorfälle behalten die Stufen, mit denen sie begonnen haben.
step-delay = Frist (5 min, 45 s, 1 h 30 min)
step-targets = Wer benachrichtigt wird
step-add = Stufe hinzufügen
step-remove = Stufe entfernen
repeat-hint = Wie oft alle Stufen erneut durchlaufen werden, 0 bis 9, bevor die Rückfallebene benachrichtigt wird.
exhaust-hint = Wie lange nach der letzten Stufe ohne Übernahme.
ack-timeout-hint = Ein übernommener Vorfall, an dem so lange nichts geschieht, geht zurück zu Stufe 1. Leer: nie.
page-up-to-hint = Die mildeste Schwere, die noch benachrichtigt. Mildere Vorfälle werden nur aufgeführt.
group-service-hint = Ein Vorfall zur Zeit: Was auslöst, kommt dazu.
group-alert-hint = Jeder Alarm hat einen eigenen Vorfall. Für wenige, seltene Alarme.
group-by-labels = gleiche Labels
group-by-labels-hint = Alarme, deren Labels unten übereinstimmen, teilen einen Vorfall: einer je Pod, einer je Cluster.
rule-labels = Labels
rule-labels-hint = Durch Kommas getrennt; nur bei „gleiche Labels“.
auto-resolve-hint = Ein Vorfall, der mit Alarmen begann, endet mit dem letzten von ihnen.
reopen-hint = Löst es so bald nach dem Beheben wieder aus, öffnet sich derselbe Vorfall erneut, statt dass ein neuer ausgerufen wird.
rehearsal-title = Was geschähe
rehearsal-text = Spielt das Formular so durch, wie es dasteht, gespeichert oder nicht, mit den Personen, wie sie gerade sind. Niemand wird benachrichtigt.
rehearsal-of = Ein Alarm kommt: { $severity }
ladder-at-once = sofort
ladder-after = nach { $span }
ladder-fallback = Rückfallebene
ladder-fallback-nobody = Rückfallebene, da keine Stufe jemanden erreicht
ladder-nobody = Erreicht niemanden; wird sofort übersprungen.
ladder-repeats = { $count ->
    [one] Danach alle Stufen noch einmal, bis jemand übernimmt.
    *[other] Danach alle Stufen noch { $count }-mal, bis jemand übernimmt.
    }
ladder-warnings = Bitte ansehen, bevor es die Nacht tut
warn-no-steps = Es gibt keine Stufen: Die Rückfallebene wird sofort benachrichtigt.
warn-step-nobody = Stufe { $step } erreicht niemanden und wird übersprungen.
warn-unreachable = Stufe { $step } nennt { $person }; für diese Person ist kein Kontakt hinterlegt.
warn-no-sender = Stufe { $step } nennt { $person }, aber keiner der Kontakte ist nutzbar: Diese Installation hat dafür keinen Versand eingerichtet.
warn-nobody-at-all = Es würde überhaupt niemand benachrichtigt: Weder eine Stufe noch die Rückfallebene erreicht jemanden.
integrations-keys = Integrationsschlüssel
key-new = Neuer Schlüssel
