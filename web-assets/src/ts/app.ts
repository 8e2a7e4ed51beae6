/**
 * Entry of the one script of the operator screens. Every page works without it: links are links
 * and forms are forms. The islands below save round trips, keep clocks ticking and let people
 * work from the keyboard. Each listens on `document`, so what a live update brings in works
 * without being set up again.
 */
import "./htmx";
import { startClocks } from "./clocks";
import { startConfirm } from "./confirm";
import { startCopy } from "./copy";
import { startDialogs } from "./dialogs";
import { on } from "./dom";
import { startFields } from "./fields";
import { startForms } from "./forms";
import { startLive } from "./live";
import { startPalette } from "./palette";
import { startRepeaters } from "./repeater";
import { startShortcuts } from "./shortcuts";
import { startTheme } from "./theme";
import { startToasts } from "./toasts";

// The bundle is loaded with `defer`, so the document is parsed when this runs.
startConfirm();
startDialogs();
startClocks();
startCopy();
startFields();
startForms();
startRepeaters();
startTheme();
startToasts();
startLive();
startPalette();
startShortcuts();
on("click", "[data-print]", () => window.print());
