/**
 * The bot's modal windows: fields, validation, sending, and the error if the bot does not
 * answer.
 */

import { avatar, el, trapFocus } from "./dom.js";
import { iconButton } from "./icons.js";
import { createModalField } from "./modal_fields.js";
import { filesOf } from "./uploads.js";

/** Open the modal of a "modal" frame. */
export function openModal(ctx, frame) {
  const { t } = ctx;
  document.querySelector("dialog.modal")?.close();
  const before = document.activeElement;
  const fields = frame.components
    .map((component) => createModalField(ctx, component))
    .filter(Boolean);
  const dialog = el("dialog", {
    class: "modal",
    "data-testid": "modal",
    "data-custom-id": frame.custom_id,
  });
  const modal = { ctx, frame, fields, dialog, ...parts(ctx, frame, fields, () => dialog.close()) };
  dialog.setAttribute("aria-labelledby", "modal-title");
  dialog.append(modal.form);
  modal.form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(modal, t);
  });
  dialog.addEventListener("paste", (event) => takePasted(event, fields));
  dialog.addEventListener("close", () => {
    dialog.remove();
    before?.focus?.({ preventScroll: true });
  });
  trapFocus(dialog);
  document.body.append(dialog);
  dialog.showModal();
  fields.find(({ focus }) => focus)?.focus();
}

function parts({ t, store }, frame, fields, close) {
  const title = el("h2", { id: "modal-title", text: frame.title });
  const shut = iconButton("close", t("close"), { onClick: close });
  const hooks = { role: "alert", "data-testid": "modal-error" };
  const error = el("p", { class: "modal-error", hidden: true, ...hooks });
  const leave = { class: "button plain-button", type: "button", text: t("cancel") };
  const cancel = el("button", { ...leave, on: { click: close } });
  const submitting = { class: "button primary", type: "submit", text: t("submit") };
  const go = el("button", { ...submitting, "data-testid": "modal-submit" });
  const body = el("div", { class: "modal-body" });
  body.append(...fields.map(({ element }) => element));
  const head = el("header", {}, avatar(store.bot.user, 28), title, shut);
  const foot = el("footer", {}, error, cancel, go);
  const form = el("form", { novalidate: true, autocomplete: "off" }, head, body, foot);
  return { form, error, go };
}

function takePasted(event, fields) {
  const files = filesOf(event.clipboardData);
  const field = fields.find(({ upload }) => upload)?.upload;
  if (!files.length || !field) return;
  event.preventDefault();
  field.add(files);
}

async function submit(modal, t) {
  const { ctx, frame, fields, go } = modal;
  if (go.disabled) return;
  go.disabled = true;
  tell(modal, null);
  const answers = await Promise.all(fields.map((field) => field.read()));
  const wrong = fields.find((_, index) => answers[index].error);
  if (wrong) {
    go.disabled = false;
    wrong.focus?.();
    return;
  }
  const components = answers.map(({ sent }) => sent);
  const { id, custom_id } = frame;
  ctx.send({ type: "modal_submit", id, custom_id, components }, (answer) =>
    settle(modal, answer, t),
  );
}

function settle(modal, answer, t) {
  if (answer.state === "acknowledged") return modal.dialog.close();
  if (answer.state === "failed") tell(modal, t("modalFailed"));
  if (answer.type === "refused") tell(modal, answer.reason);
  if (answer.state !== "pending") modal.go.disabled = false;
  return undefined;
}

function tell({ error }, words) {
  error.textContent = words ?? "";
  error.hidden = !words;
}
