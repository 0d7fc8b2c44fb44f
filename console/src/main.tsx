import '@cloudscape-design/global-styles/index.css';
import { createRoot } from 'react-dom/client';

createRoot(document.getElementById('app')!).render(<p>Keystead</p>);
