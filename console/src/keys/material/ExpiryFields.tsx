// Whether imported key material expires, and when.
import Container from '@cloudscape-design/components/container';
import DatePicker from '@cloudscape-design/components/date-picker';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import TimeInput from '@cloudscape-design/components/time-input';
import { now } from '../../app/clock';
import { usePreferences } from '../../app/preferences';
import type { Expiry } from './expiry';

interface Props {
  expiry: Expiry;
  onChange: (expiry: Expiry) => void;
  errors: { date?: string; time?: string };
}

export function ExpiryFields({ expiry, onChange, errors }: Props) {
  const { zone } = usePreferences();
  const words = zone === 'UTC' ? 'UTC' : 'your local time zone';
  return (
    <Container header={<Header variant="h2">Choose an expiration option</Header>}>
      <SpaceBetween size="l">
        <RadioGroup
          ariaLabel="Expiration option"
          value={expiry.expires ? 'yes' : 'no'}
          onChange={(e) => onChange({ ...expiry, expires: e.detail.value === 'yes', time: expiry.time || '00:00:00' })}
          items={[
            { value: 'no', label: 'Key material does not expire' },
            { value: 'yes', label: 'Key material expires', description: 'When it expires, KMS deletes the key material, and the key can’t be used until you import the same key material again.' },
          ]}
        />
        {expiry.expires && (
          <SpaceBetween direction="horizontal" size="s">
            <FormField label="Expiration date" constraintText={`YYYY/MM/DD, in ${words}; at most 365 days from now.`} errorText={errors.date}>
              <DatePicker
                value={expiry.date}
                onChange={(e) => onChange({ ...expiry, date: e.detail.value })}
                placeholder="YYYY/MM/DD"
                isDateEnabled={(d) => d.getTime() > now().getTime() - 86_400_000 && d.getTime() < now().getTime() + 366 * 86_400_000}
                openCalendarAriaLabel={(date) => `Choose expiration date${date ? `, selected date is ${date}` : ''}`}
                todayAriaLabel="Today"
                nextMonthAriaLabel="Next month"
                previousMonthAriaLabel="Previous month"
              />
            </FormField>
            <FormField label="Expiration time" constraintText={`hh:mm:ss, in ${words}.`} errorText={errors.time}>
              <TimeInput value={expiry.time} onChange={(e) => onChange({ ...expiry, time: e.detail.value })} placeholder="hh:mm:ss" />
            </FormField>
          </SpaceBetween>
        )}
      </SpaceBetween>
    </Container>
  );
}
