// A mail server that takes everything and tells when a letter comes.
import { createServer } from 'node:net';

export class Mailbox {
  letters = [];
  #waiting = [];

  static async start() {
    const self = new Mailbox();
    self.server = createServer((socket) => self.#talk(socket));
    await new Promise((resolve) => self.server.listen(0, '127.0.0.1', resolve));
    self.address = `127.0.0.1:${self.server.address().port}`;
    return self;
  }

  #talk(socket) {
    let rest = '';
    let mail = null;
    let to = [];
    socket.on('error', () => {});
    socket.write('220 e2e\r\n');
    socket.on('data', (chunk) => {
      rest += chunk.toString('utf8');
      for (;;) {
        const at = rest.indexOf('\r\n');
        if (at < 0) return;
        const line = rest.slice(0, at);
        rest = rest.slice(at + 2);
        if (mail !== null) {
          if (line === '.') {
            this.#deliver({ to, text: mail.join('\n') });
            mail = null;
            to = [];
            socket.write('250 taken\r\n');
          } else mail.push(line.startsWith('..') ? line.slice(1) : line);
          continue;
        }
        const verb = line.slice(0, 4).toUpperCase();
        if (verb === 'DATA') { mail = []; socket.write('354 go on\r\n'); }
        else if (verb === 'RCPT') { to.push(/<(.*?)>/.exec(line)?.[1]); socket.write('250 fine\r\n'); }
        else if (verb === 'QUIT') { socket.write('221 bye\r\n'); socket.end(); }
        else socket.write('250 fine\r\n');
      }
    });
  }

  #deliver(letter) {
    letter.plain = decode(letter.text);
    this.letters.push(letter);
    this.#waiting = this.#waiting.filter(({ fits, resolve }) => !fits(letter) || (resolve(letter), false));
  }

  // The first letter that fits, past or future.
  async expect(what, fits, ms = 30_000) {
    const there = this.letters.find(fits);
    if (there) return there;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`waited ${ms} ms for a letter: ${what}`)), ms);
      this.#waiting.push({ fits, resolve: (letter) => { clearTimeout(timer); resolve(letter); } });
    });
  }

  end() {
    this.server.close();
  }
}

// Both bodies, decoded from quoted-printable or base 64.
function decode(text) {
  let out = '';
  for (const part of text.split(/^--\S+$/m)) {
    const [head, ...body] = part.split('\n\n');
    const content = body.join('\n\n');
    if (/base64/i.test(head)) out += Buffer.from(content.replace(/\s+/g, ''), 'base64').toString('utf8');
    else if (/quoted-printable/i.test(head)) {
      const bytes = content.replace(/=\n/g, '').replace(/=([0-9A-F]{2})/gi, (_, h) => String.fromCharCode(parseInt(h, 16)));
      out += Buffer.from(bytes, 'latin1').toString('utf8');
    } else out += content;
  }
  return out;
}
