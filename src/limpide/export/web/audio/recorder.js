// Runs beside the page's thread: hands on what the microphone hears, some hundredths of a second at a time.
const PART = 2048;

class Recorder extends AudioWorkletProcessor {
  part = new Float32Array(PART);
  count = 0;

  process([input]) {
    for (const value of input[0] ?? []) {
      this.part[this.count++] = value;
      if (this.count < PART) continue;
      this.port.postMessage(this.part, [this.part.buffer]);
      this.part = new Float32Array(PART);
      this.count = 0;
    }
    return true;
  }
}
registerProcessor("recorder", Recorder);
