/* An input with its label above. */
import type { ComponentChildren, JSX } from 'preact';

export function Labelled({ name, children }: { name: string; children: ComponentChildren }): JSX.Element {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the child
    <label class="labelled">
      <span>{name}</span>
      {children}
    </label>
  );
}

interface SelectProps<T extends string> {
  readonly name: string;
  readonly value: T;
  readonly options: readonly (readonly [value: T, text: string])[];
  readonly onChange: (value: T) => void;
}

export function Select<T extends string>({ name, value, options, onChange }: SelectProps<T>): JSX.Element {
  return (
    <Labelled name={name}>
      <select value={value} onChange={({ currentTarget }) => onChange(currentTarget.value as T)}>
        {options.map(([one, text]) => (
          <option key={one} value={one}>
            {text}
          </option>
        ))}
      </select>
    </Labelled>
  );
}

interface NumberProps {
  readonly name: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step?: number;
  readonly onChange: (value: number) => void;
}

/** What is out of range is not taken. */
export function NumberInput({ name, value, min, max, step = 1, onChange }: NumberProps): JSX.Element {
  return (
    <Labelled name={name}>
      <input
        type="number"
        value={value}
        min={min}
        max={max}
        step={step}
        onChange={({ currentTarget }) => {
          const given = currentTarget.valueAsNumber;
          if (given >= min && given <= max) onChange(given);
          else currentTarget.value = String(value);
        }}
      />
    </Labelled>
  );
}
