// A screen that fails to draw itself says so, and the rest of the console goes on.
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import { Component, type ReactNode } from 'react';

export class Broken extends Component<{ children: ReactNode }, { error?: Error }> {
  override state: { error?: Error } = {};

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    const loading = /import|module|chunk/i.test(error.message);
    return (
      <Alert
        type="error"
        header={loading ? 'This screen could not be loaded' : 'This screen has failed'}
        action={<Button onClick={() => (loading ? location.reload() : this.setState({ error: undefined }))}>{loading ? 'Load the page again' : 'Try again'}</Button>}
      >
        {loading ? 'The server may have been updated since this page was opened. After loading the page again you have to sign in again.' : error.message}
      </Alert>
    );
  }
}
